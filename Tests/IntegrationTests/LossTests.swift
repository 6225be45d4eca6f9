import Glibc
import Testing

/// Sessions that somebody removes by hand.
@Suite struct LossTests {
    /// While its step runs: it ends under its own name, is told once, and others are done.
    @Test(arguments: ["", "/metadata"])
    func aSessionIsRemovedInTheMiddleOfAJob(_ part: String) async throws {
        let (house, gate) = try House.withGate()
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let file = try #require(house.names(in: "active").first)
        let session = "\(house.root)/outputs/\(file.dropLast(5))"
        let removal = try RunningDaemon(
            ["/bin/rm", "-r", "\(session)\(part)"], log: "\(house.path)/rm",
            output: "\(house.path)/rm")
        #expect(try await removal.exit() == .exited(0))
        try await gate.open()
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.code == "session_removed")
        try house.drop("other.json")
        try await house.ended("other.json")
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        // The attempt in whose record it showed, and the job.
        #expect(daemon.count(of: "job.json failed: ") == 2, "\(daemon.lines)")
        #expect(daemon.count(of: "session_removed") == 1, "\(daemon.lines)")
        house.expectNothingInFlight()
    }
}

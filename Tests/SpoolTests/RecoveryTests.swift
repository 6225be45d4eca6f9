import Core
import Glibc
import Spool
import TestSupport
import Testing

@Suite struct RecoveryTests {
    private let sandbox: SpoolSandbox
    private func id(_ number: Int) -> SessionID { SessionID(at: number, JobHandle(0)) }

    init() throws { sandbox = try SpoolSandbox() }

    private func findings() throws -> [String] {
        try Recovery(root: sandbox.root).run().map { finding in
            switch finding {
            case .job(let id): "job \(id)"
            case .claim(let id): "claim \(id)"
            case .parked(let id, let until): "parked \(id) \(until)"
            case .leftover(let failure): "left \(failure.code)"
            case .stray(let state, let name): "stray \(state.rawValue)/\(name.display)"
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody with fewer rights"))
    func whatCannotBeRemovedKeepsNoJobFromBeingFound() throws {
        try sandbox.write("", to: "outputs/.staging/\(id(2))/metadata/session.json")
        try sandbox.make("state/odd.new")
        try sandbox.write("{}", to: "active/\(id(1)).json")
        try sandbox.make("outputs/\(id(1))")
        for place in [".", "active", "deferred", "held", "outputs", "outputs/.staging", "state"] {
            chmod("\(sandbox.path)/\(place)", 0o755)
        }
        let found = try FileSystemUser.asNobody { try findings() }
        #expect(found == ["left no_permission", "left no_permission", "job \(id(1))"])
        #expect(try findings() == ["job \(id(1))"])
    }

    @Test func findsNothingInAnEmptySpool() throws { #expect(try findings().isEmpty) }

    @Test func tellsJobsClaimsParkedJobsAndStraysApart() throws {
        for number in 1...2 { try sandbox.write("{}", to: "active/\(id(number)).json") }
        try sandbox.make("outputs/\(id(1))")
        try sandbox.write("{}", to: "deferred/\(id(3)).json")
        try sandbox.root[.deferred].setModified("\(id(3)).json", to: 1_795_409_565)
        try sandbox.write("{}", to: "active/note.json")
        try sandbox.write("{}", to: "active/\(id(4)).json~")
        try sandbox.write("{}", to: "deferred/x")
        #expect(
            try findings() == [
                "stray active/note.json", "job \(id(1))", "claim \(id(2))",
                "stray active/\(id(4)).json~", "parked \(id(3)) 2026-11-23T04:52:45Z",
                "stray deferred/x",
            ])
        #expect(try sandbox.list("active").count == 4)
        #expect(try sandbox.list("deferred").count == 2)
    }

    @Test func removesOnlyUnclaimedStagingAndHalfWrittenFiles() throws {
        try sandbox.write("", to: "outputs/.staging/\(id(1))/metadata/session.json")
        try sandbox.write("", to: "outputs/.staging/\(id(2))/metadata/session.json")
        try sandbox.write("{}", to: "active/\(id(2)).json")
        try sandbox.write("", to: "outputs/\(id(5))/metadata/session.json")
        try sandbox.write("", to: "state/done-1234.new")
        try sandbox.write("", to: "state/lock")
        for place in ["done/a.json.new", "inbox/a.json", "held/a.json", "failed/a.json"] {
            try sandbox.write("", to: place)
        }
        _ = try findings()
        #expect(try sandbox.list("outputs/.staging") == ["\(id(2))"])
        #expect(try sandbox.list("outputs") == [".staging", "\(id(5))"])
        #expect(try sandbox.list("state") == ["lock"])
        #expect(try sandbox.list("done") == ["a.json.new"])
        for place in ["inbox", "held", "failed"] {
            #expect(try sandbox.list(place) == ["a.json"])
        }
    }
}

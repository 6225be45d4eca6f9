import Glibc
import Testing

/// What operators do to a root beside the daemon: copies by hard links, files taken away, records damaged.
@Suite struct AdversityTests {
    private func gatedHouse() throws -> (House, Gate) {
        try House.withGate(after: [.copy])
    }

    private func run(_ words: String..., in house: House) async throws {
        let log = "\(house.path)/command"
        let command = try RunningDaemon(words, log: log, output: log)
        #expect(try await command.exit() == .exited(0), "\(words): \(command.lines)")
    }

    /// As rsnapshot and its like make it: every file has two names from then on.
    @Test func aCopyByHardLinksHarmsNeither() async throws {
        let (house, gate) = try gatedHouse()
        let daemon = try await house.start()
        try house.drop("before.json")
        try await house.ended("before.json")
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let copy = "\(house.path)/copy"
        try await run("/bin/cp", "-al", house.root, copy, in: house)
        let list = try await house.expect(0, of: "list done").printed
        #expect(list.contains("took"), "\(list)")
        // What a daemon would do there is told rightly.
        let other = try house.launch(["--config", house.configurationPath, "--root", copy])
        #expect(try await other.exit() == .exited(75))
        #expect(other.said("has other names", "remove \(copy)/state/lock"))
        #expect(try await house.expect(0, of: "--root \(copy) list").printed.contains("No daemon"))
        try await gate.open()
        let receipt = try await house.ended("job.json")
        #expect(receipt.outputs.count == 2 && receipt.degradations.isEmpty)
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        try await house.expect(0, of: "fsck --deep")
    }

    /// Nothing else would tell of the job any more.
    @Test func aFileThatIsTakenAwayIsTold() async throws {
        let (house, gate) = try gatedHouse()
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        #expect(unlink("\(house.root)/active/\(session).json") == 0)
        try await gate.open()
        try await house.eventually("it says so") {
            daemon.said(" error ", "The file of job.json is in none of the directories")
        }
        let fsck = try await house.expect(1, of: "fsck").printed
        #expect(fsck.contains("session_without_file"), "\(fsck)")
    }

    /// It is no job at work, and whoever is rid of it finds it.
    @Test func aJobWithADamagedRecordIsShownAsItIs() async throws {
        let (house, gate) = try gatedHouse()
        var daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        try writeFile("\(house.root)/outputs/\(session)/metadata/session.json", Array("[]".utf8))
        daemon = try await house.start()
        try await house.eventually("it is told") { daemon.said("Left a job alone") }
        try await house.eventually("the list says so") {
            try await house.expect(0, of: "list").printed.contains(" stuck ")
        }
        let handle = session.suffix(4)
        let cancelled = try await house.expect(0, of: "cancel --timeout 300 \(handle)")
        #expect(cancelled.printed.contains("has been cancelled"))
        #expect(daemon.said("Cancelled \(session), whose session cannot be read"))
        for name in ["\(handle)", session] {
            let shown = try await house.expect(0, of: "show \(name)").printed
            #expect(shown.contains("State: cancelled"), "\(shown)")
        }
        #expect(try await !house.expect(0, of: "list").printed.contains(" stuck "))
    }

    /// A file that is moved while its retry is asked for has ended, or is a new job; its session is not opened
    /// for nobody.
    @Test func aRetryOfAFileThatIsMovedLeavesNothingOpen() async throws {
        var settings = HouseSettings()
        settings.pipelines["frail"] = [.copy, .shell("two", "test ! -e $HOUSE/broken")]
        let house = try House(settings)
        try writeFile("\(house.path)/broken", [])
        let daemon = try await house.start()
        let names = (0..<16).map { "job\($0).json" }
        for name in names { try house.drop(name, House.spec("frail")) }
        for name in names { try await house.ended(name, in: "failed") }
        #expect(unlink("\(house.path)/broken") == 0)
        for (index, name) in names.enumerated() {
            try house.request("\(name).retry")
            // At another moment of the daemon's work each.
            usleep(useconds_t(index) * 400)
            rename("\(house.root)/failed/\(name)", "\(house.root)/inbox/\(name)")
        }
        for name in names { try await house.ended(name) }
        try await house.requestsAreDone()
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        try await house.expect(0, of: "fsck")
        house.expectNothingInFlight()
    }

    /// touch(1) makes a file, and then sets its times: one request.
    @Test func aRequestThatIsTouchedIsCarriedOutOnce() async throws {
        let house = try House()
        let daemon = try await house.startPaused()
        let names = (0..<20).map { "job\($0).json" }
        for name in names { try house.drop(name) }
        for name in names {
            for verb in ["cancel", "retry"] {
                let file = "\(house.root)/control/\(name).\(verb)"
                try writeFile(file, [])
                for _ in 0..<20 { utimes(file, nil) }
            }
        }
        try await house.requestsAreDone()
        for name in names { #expect(daemon.count(of: "Cancelled \(name): ") <= 1, "\(name)") }
        #expect(house.names(in: "inbox").count + house.jobs(in: "failed").count == names.count)
    }

    /// What a step makes in another directory than the one that it was given is not taken for nothing.
    @Test func aStepThatReplacesItsDirectoryFails() async throws {
        var settings = HouseSettings()
        settings.pipelines["moves"] = [
            .shell("one", "rm -rf $OUT; mkdir $OUT; echo here > $OUT/video.txt")
        ]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json", House.spec("moves"))
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.code == "work_replaced")
        #expect(receipt.error?.hint?.contains("{out}") == true)
    }

    /// A library that is loaded first and changes the environment takes the arguments from Swift, of programs
    /// that are linked statically.
    @Test(.enabled(if: House.compiler != nil, "no C compiler"))
    func argumentsAreTheKernels() async throws {
        let house = try House()
        let (source, library) = ("\(house.path)/first.c", "\(house.path)/first.so")
        let text = """
            #include <stdlib.h>
            __attribute__((constructor)) static void first(void) { setenv("ANY", "1", 1); }
            """
        try writeFile(source, text.utf8)
        let compiler = try #require(House.compiler)
        try await run(compiler, "-shared", "-fPIC", "-o", library, source, in: house)
        let daemon = try await house.start(prefix: ["/usr/bin/env", "LD_PRELOAD=\(library)"])
        #expect(daemon.said("works under \(house.root)"))
        let list = try await house.expect(0, of: "list", prefix: "env LD_PRELOAD=\(library)")
        #expect(list.printed.contains("0 running"))
    }
}

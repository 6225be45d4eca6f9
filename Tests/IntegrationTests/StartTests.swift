import FoundationEssentials
import Glibc
import Testing

/// Starting, and refusing to.
@Suite struct StartTests {
    @Test func aSecondDaemonNamesTheFirstAndGoes() async throws {
        let house = try House()
        let first = try await house.start()
        let second = try house.launch()
        #expect(try await second.exit() == .exited(75))
        #expect(second.said("Not started", house.root, "process \(first.pid)"))
        #expect(!first.hasEnded)
        // It took nothing from the first.
        try house.drop("job.json")
        try await house.ended("job.json")
        first.send(SIGKILL)
        #expect(try await first.exit() == .signalled(SIGKILL))
        _ = try await house.start()
    }

    /// What says so is not what keeps the second out, nor always right.
    @Test(arguments: [nil, "1\n", "\(Int32.max)\n"])
    func aSecondDaemonGoesWhateverBecameOfTheLockFile(_ text: String?) async throws {
        let house = try House()
        _ = try await house.start()
        if let text {
            try writeFile("\(house.root)/state/lock", text.utf8)
        } else {
            #expect(unlink("\(house.root)/state/lock") == 0)
        }
        let second = try house.launch()
        #expect(try await second.exit() == .exited(75))
        #expect(second.said("Not started", house.root, "another process already does"))
        #expect(!second.said("kill"))
        let check = try await house.runReelctl("fsck", "--repair")
        #expect(check.ending == .exited(75), "\(check.text)")
    }

    /// Whoever executes the daemon may have started others, and they may end at any time.
    @Test func whatWasStartedBeforeIsLeftAloneAndReaped() async throws {
        let house = try House()
        let script = "sleep 1000 & echo $! > $0; exec \"$@\""
        let file = "\(house.path)/sidecar"
        let daemon = try await house.start(prefix: ["/bin/sh", "-c", script, file])
        let text = String(decoding: try readFile(file), as: UTF8.self)
        let sidecar = try #require(pid_t(text.dropLast()))
        defer { kill(sidecar, SIGKILL) }
        for name in ["a.json", "b.json"] {
            try house.drop(name)
            try await house.ended(name)
        }
        #expect(isAlive(sidecar))
        kill(sidecar, SIGKILL)
        try await house.eventually("it is reaped") { kill(sidecar, 0) != 0 }
        #expect(!daemon.hasEnded)
    }

    /// Whether it is told of that, or looks.
    @Test(arguments: ["auto", "poll"])
    func aRootThatIsRemovedEndsTheDaemon(_ watch: String) async throws {
        var settings = HouseSettings()
        settings.inbox =
            "quiet_time: 0.3, scan_interval: 3600, poll_interval: 0.1, watch: '\(watch)'"
        let house = try House(settings)
        let daemon = try await house.start()
        let removal = try RunningDaemon(
            ["/bin/rm", "-r", house.root], log: "\(house.path)/rm", output: "\(house.path)/rm")
        _ = try await removal.exit()
        #expect(try await daemon.exit() == .exited(75))
        #expect(daemon.count(of: "does not lead to the directory any more") == 1)
    }

    /// It would take up nothing any more of what is dropped where everybody drops it.
    @Test func aRootThatIsReplacedEndsTheDaemon() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.3, scan_interval: 1"
        let (house, gate) = try House.withGate(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let moved = "\(house.path)/moved"
        #expect(rename(house.root, moved) == 0 && mkdir(house.root, 0o755) == 0)
        #expect(try await daemon.exit() == .exited(75))
        #expect(daemon.count(of: "does not lead to the directory any more") == 1)
        #expect(gate.processes.flatMap { $0 }.filter(isAlive) == [])
        #expect(names(in: house.root) == [], "it has made something there")
        #expect(names(in: "\(moved)/active").count == 1)
        // Put back, all goes on.
        #expect(rmdir(house.root) == 0 && rename(moved, house.root) == 0)
        _ = try await house.start()
        try await gate.open()
        try await house.ended("job.json")
    }

    @Test(arguments: [
        ("{ jobs: { paralel: 3 } }", ["paralel", "parallel"]),
        ("{ jobs: { parallel: 0 } }", ["$.jobs.parallel", "1"]),
        ("{ pipelines: { a: { steps: [{ name: 'b', command: ['c'], needs: ['d'] }] } } }", ["'d'"]),
        ("{ root: 'here' }", ["$.root", "absolute"]),
        ("{ jobs: ", ["line 1"]),
    ])
    func aConfigurationThatCannotBeUsedIsRefused(_ text: String, _ words: [String]) async throws {
        let house = try House()
        try writeFile(house.configurationPath, text.utf8)
        let checking = ["--check-config", "--config", house.configurationPath]
        for arguments in [nil, checking] {
            let daemon = try house.launch(arguments)
            #expect(try await daemon.exit() == .exited(78))
            let said = daemon.lines.joined(separator: "\n")
            for word in words + [house.configurationPath] {
                #expect(said.contains(word), "\(said)")
            }
        }
        #expect(access(house.root, F_OK) != 0, "it has touched the root")
    }

    /// Nothing could be claimed from it.
    @Test(.enabled("No file system can be mounted here: that takes root.") { House.canMount })
    func anInboxOfAnotherFileSystemIsRefused() async throws {
        let house = try House()
        try house.makeInbox()
        let inbox = "\(house.root)/inbox"
        try #require(mount("none", inbox, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(inbox, Int32(MNT_DETACH)) }
        let daemon = try house.launch()
        #expect(try await daemon.exit() == .exited(71))
        #expect(daemon.said("Not started", inbox, "something else is mounted there"))
        let result = try await house.runReelctl("fsck")
        #expect(result.text.contains("other_file_system"), "\(result.text)")
    }

    /// The same file system, by a mount of its own, is no better.
    @Test(.enabled("No file system can be mounted here: that takes root.") { House.canMount })
    func aDirectoryThatIsBoundThereIsRefused() async throws {
        let house = try House()
        try house.makeInbox()
        let inbox = "\(house.root)/inbox"
        try #require(mkdir("\(house.path)/other", 0o755) == 0)
        try #require(mount("\(house.path)/other", inbox, nil, UInt(MS_BIND), nil) == 0)
        defer { umount2(inbox, Int32(MNT_DETACH)) }
        let daemon = try house.launch()
        #expect(try await daemon.exit() == .exited(71))
        #expect(daemon.said("Not started", inbox, "something else is mounted there"))
    }

    @Test func aConfigurationThatIsNotThereIsRefused() async throws {
        let house = try House()
        #expect(unlink(house.configurationPath) == 0)
        let daemon = try house.launch()
        #expect(try await daemon.exit() == .exited(78))
        #expect(daemon.said(house.configurationPath, "o such file"))
    }

    /// What it prints is all that is in effect, and can itself be used.
    @Test func checkConfigPrintsTheEffectiveConfiguration() async throws {
        let house = try House()
        let usual = ["--config", house.configurationPath, "--root", "/elsewhere", "--check-config"]
        let check = try house.launch(usual)
        #expect(try await check.exit() == .exited(0))
        struct Printed: Decodable {
            struct Inbox: Decodable { var quietTime: Double }
            struct Jobs: Decodable { var parallel: Int }
            struct Video: Decodable { var musicDirectories: [String] }
            var root: String
            var inbox: Inbox
            var jobs: Jobs
            var video: Video
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let printed = try decoder.decode(Printed.self, from: Data(check.printed.utf8))
        #expect(printed.root == "/elsewhere" && printed.inbox.quietTime == 0.3)
        #expect(printed.jobs.parallel == 4 && printed.video.musicDirectories == [])
        #expect(check.lines == [])

        try writeFile(house.configurationPath, check.printed.utf8)
        let again = try house.launch(usual)
        #expect(try await again.exit() == .exited(0))
        #expect(again.printed == check.printed)
    }

    @Test(arguments: [["--frobnicate"], ["--config"], ["--help=yes"], ["start"]])
    func wrongUsageIsRefused(_ arguments: [String]) async throws {
        let house = try House()
        let daemon = try house.launch(arguments)
        #expect(try await daemon.exit() == .exited(64))
        #expect(daemon.lines.count == 1 && daemon.said("reeld --help"))
        #expect(daemon.printed.isEmpty)
    }

    @Test(arguments: ["--version", "--help"]) func tellsAboutItself(_ option: String) async throws {
        let house = try House()
        let daemon = try house.launch([option])
        #expect(try await daemon.exit() == .exited(0))
        #expect(daemon.printed.hasPrefix(option == "--help" ? "usage: reeld" : "reeld 0."))
        #expect(daemon.lines == [])
    }

    @Test func aRootThatCannotBeMadeIsNamed() async throws {
        let house = try House()
        try writeFile("\(house.path)/file", [])
        let place = "\(house.path)/file/root"
        let daemon = try house.launch(["--config", house.configurationPath, "--root", place])
        #expect(try await daemon.exit() == .exited(71))
        #expect(daemon.said("Not started", place))
    }
}

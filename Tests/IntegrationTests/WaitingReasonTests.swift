import Glibc
import TestSupport
import Testing

/// Whoever waits for a job sees why it does not go on, without the log.
@Suite struct WaitingReasonTests {
    private let house: House

    init() throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        house = try House(settings)
    }

    private func listed(_ words: String = "list") async throws -> String {
        try await house.expect(0, of: words).printed
    }

    /// It is looked for there as long as it takes: what the daemon knows is written down beside its loop.
    private func eventuallyListed(
        _ texts: String..., isGone: Bool = false, at place: SourceLocation = #_sourceLocation
    ) async throws {
        let deadline = ContinuousClock.now + patience
        while true {
            let list = try await listed()
            if isGone != texts.allSatisfy(list.contains) { return }
            try #require(.now < deadline, "\(texts) in \(list)", sourceLocation: place)
        }
    }

    @Test func whatIsNoJobIsNamedAndAJobInCapitalsIsOne() async throws {
        let daemon = try await house.start()
        try house.drop("script.json.txt")
        #expect(mkdir("\(house.root)/inbox/jobs", 0o755) == 0)
        try house.drop("draft.json.part")
        try house.drop("EPISODE.JSON")
        try await house.ended("EPISODE.JSON")
        #expect(house.jobs(in: "done") == ["EPISODE.JSON"])
        let list = try await listed()
        #expect(list.contains("Left alone: inbox/script.json.txt: its name does not end in .json"))
        #expect(list.contains("Left alone: inbox/jobs: it is a directory"))
        #expect(!list.contains("draft"))
        let json = try await listed("list --json")
        #expect(json.contains("\"left_alone\"") && json.contains("\"not_a_job\""))
        try await house.eventually("it says so") {
            daemon.said("inbox/jobs alone") && daemon.said("inbox/script.json.txt alone")
        }
        // A second one of that name is told from the first, and both can be asked about.
        try house.drop("EPISODE.JSON", "no")
        try await house.ended("EPISODE.JSON", in: "rejected")
        try house.drop("EPISODE.JSON")
        try await house.eventually("it is done too") {
            house.jobs(in: "done") == ["EPISODE.JSON", "EPISODE~2.JSON"]
        }
        #expect(try await listed("show EPISODE~2.JSON").contains("done"))
        try await house.expect(0, of: "fsck")
    }

    /// A place that is kept for a file, and a writer that never ends: both wait, and that is told once.
    @Test func whatIsNotWholeIsWaitedForAndNamed() async throws {
        let daemon = try await house.start()
        let inbox = "\(house.root)/inbox"
        try writeFile("\(inbox)/later.json", [])
        let writer = open("\(inbox)/slow.json", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        #expect(write(writer, "{\"topic\"", 8) == 8)
        try await house.eventually("it is told") {
            daemon.said("Waiting with inbox/later.json", "it is empty")
                && daemon.said("Waiting with inbox/slow.json", "open for writing")
        }
        try await eventuallyListed("it is empty", "a program has it open for writing")
        #expect(try await listed("show slow.json").contains("Cure: It is taken when that program"))
        // Many looks later it has been told once.
        for number in 0..<5 {
            try house.drop("good\(number).json")
            try await house.ended("good\(number).json")
        }
        #expect(daemon.count(of: "Waiting with inbox/later.json") == 1)
        #expect(daemon.count(of: "Waiting with inbox/slow.json") == 1)
        #expect(house.names(in: "inbox") == ["later.json", "slow.json"])
        // By rename over the one, and by the rest of the other.
        try writeFile("\(house.path)/draft", House.spec().utf8)
        #expect(rename("\(house.path)/draft", "\(inbox)/later.json") == 0)
        let rest = Array(House.spec().utf8)
        #expect(pwrite(writer, rest, rest.count, 0) == rest.count)
        close(writer)
        try await house.ended("later.json")
        try await house.ended("slow.json")
        try await eventuallyListed("later.json  -", isGone: true)
        #expect(house.names(in: "rejected") == [])
        house.expectNothingInFlight()
    }

    /// By events alone the log and the list agree with what is there when it is mended.
    @Test func aWordIsTakenBackWhenTheFileIsGone() async throws {
        _ = try await house.start()
        try writeFile("\(house.root)/inbox/later.json", [])
        try await eventuallyListed("it is empty")
        #expect(unlink("\(house.root)/inbox/later.json") == 0)
        try await house.eventually("it is forgotten") {
            let bytes = (try? readFile("\(house.root)/state/status.json")) ?? []
            return !String(decoding: bytes, as: UTF8.self).contains("later.json")
        }
        #expect(try await listed().contains("No jobs."))
    }

    /// A job that waits for a pipeline which a reload took away says so.
    @Test func aFileThatWaitsForItsPipelineSaysSo() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        settings.pipelines["other"] = [.shell("other", "true")]
        let house = try House(settings)
        let daemon = try await house.start()
        settings.pipelines["other"] = nil
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it is reloaded") {
            daemon.said("Missing from the configuration: other")
        }
        try house.drop("job.json", House.spec("other"))
        let deadline = ContinuousClock.now + patience
        while true {
            let list = try await house.expect(0, of: "list").printed
            if list.contains("the pipeline 'other' is missing") { break }
            try #require(.now < deadline, "\(list)")
        }
        #expect(!daemon.said("inbox/job.json"), "one line for all was said at the reload")
    }

    /// Who cannot read the log sees which program a parked job waits for, also when the daemon was started
    /// anew since.
    @Test func aParkedJobNamesTheProgramThatIsMissing() async throws {
        var settings = HouseSettings()
        settings.pipelines["voice"] = [.init(name: "say", command: ["no-such-voice", "hello"])]
        settings.retry = "attempts: 1, first_delay: 600, longest_delay: 600"
        let house = try House(settings)
        let manager = DatagramReceiver()
        let reason = "could not run no-such-voice: there is no such program in "
        for isFirst in [true, false] {
            let daemon = try await house.start(
                prefix: ["/usr/bin/env", "NOTIFY_SOCKET=\(manager.path)"])
            if isFirst { try house.drop("job.json", House.spec("voice")) }
            var told: [String] = []
            try await house.eventually("the status says so") {
                while let next = manager.next() { told.append(next) }
                return told.contains { $0.contains(" 1 deferred (\(reason)") }
            }
            #expect(try await house.expect(0, of: "list").printed.contains(reason))
            let shown = try await house.expect(0, of: "show job.json").printed
            #expect(shown.contains("Why: \(reason)") && shown.contains("Cure: Install it"))
            let waited = try await house.runReelctl("wait", "job.json", "--timeout", "1")
            #expect(waited.text.contains("parked: \(reason)"), "\(waited.text)")
            daemon.send(SIGTERM)
            #expect(try await daemon.exit() == .exited(0))
        }
    }
}

/// Who moves a file in from home brings the group of his home along.
@Suite(.enabled(if: House.canHaveMembers, "Only root can be several users."))
struct BroughtAlongTests {
    @Test(arguments: ["027", "077"]) func theCureThatIsNamedHelps(_ umask: String) async throws {
        let house = try House()
        let alice = Member(user: 61_001, house: house)
        let daemon = try await house.startForMembers()
        let home = "\(house.path)/home"
        #expect(mkdir(home, 0o755) == 0 && chown(home, alice.user, alice.user) == 0)
        try await alice.run(
            "umask \(umask); echo '\(House.spec())' > \(home)/job.json; mv \(home)/job.json inbox/")
        try await house.eventually("a word about it") { daemon.said("inbox/job.json alone") }
        let line = try #require(daemon.lines.first { $0.contains("inbox/job.json alone") })
        let cure = try #require(
            line.split(separator: "can help: ").last?.split(separator: ";").first)
        #expect(cure == "chgrp \(Member.group)" + (umask == "077" ? " and chmod g+r" : ""))
        // As a person reads it: each with the file's name behind it.
        let commands = cure.split(separator: " and ").map { "\($0) inbox/job.json" }
        try await alice.run(commands.joined(separator: " && "))
        try await house.ended("job.json")
    }
}

/// A pause is of somebody, and everybody may end it who may make one.
@Suite(.enabled(if: House.canHaveMembers, "Only root can be several users."))
struct SharedPauseTests {
    @Test func anybodyMayResume() async throws {
        let house = try House()
        let (alice, bob) = (Member(user: 61_001, house: house), Member(user: 61_002, house: house))
        let daemon = try await house.startForMembers()
        _ = try await alice.reelctl("pause")
        try await alice.drop("job.json")
        #expect(try await bob.reelctl("list").printed.contains("Paused by user 61001 since "))
        // The sticky bit keeps him from removing her file.
        try await bob.run("rm -f control/paused", succeeds: false)
        let resumed = try await bob.reelctl("resume")
        #expect(resumed.printed.contains("It was paused by user 61001"), "\(resumed.said)")
        try await house.ended("job.json")
        #expect(daemon.said("Ended the pause of user 61001: user 61002 asked for it"))
        #expect(house.names(in: "control") == [])
        // A thing that only has the name is in nobody's way.
        try await bob.run("mkdir control/resume")
        _ = try await alice.reelctl("pause")
        try await house.eventually("it is removed") { house.names(in: "control") == ["paused"] }
        // Without a daemon it is done at the next start, before any job is started.
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        let later = try await bob.reelctl("resume")
        #expect(later.printed.contains("will not be any more when the daemon starts"))
        try await bob.drop("second.json")
        _ = try await house.startForMembers()
        try await house.ended("second.json")
        #expect(house.names(in: "control") == [])
    }

    /// Who pauses after somebody asked for the end of an earlier pause means it.
    @Test func aPauseAfterTheRequestStays() async throws {
        let house = try House()
        let (alice, bob) = (Member(user: 61_001, house: house), Member(user: 61_002, house: house))
        var daemon = try await house.startForMembers()
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        try await bob.run("touch control/resume")
        try await alice.run("touch control/paused")
        daemon = try await house.startForMembers()
        try await house.eventually("the request is done") {
            house.names(in: "control") == ["paused"]
        }
        #expect(!daemon.said("Ended the pause"))
    }
}

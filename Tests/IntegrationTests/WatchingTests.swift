import Foundation
import TestSupport
import Testing

/// Watching goes on whatever becomes of the inbox, and costs nothing while nothing comes.
@Suite struct WatchingTests {
    enum Loss: CaseIterable { case removed, renamed, exchanged }

    @Test(arguments: Loss.allCases) func outlivesItsInbox(_ loss: Loss) async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 3600"
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("before.json")
        try await house.ended("before.json")
        let inbox = "\(house.root)/inbox"
        var old = stat()
        #expect(stat(inbox, &old) == 0)
        switch loss {
        case .removed: #expect(rmdir(inbox) == 0)
        case .renamed: #expect(rename(inbox, "\(house.path)/old") == 0)
        case .exchanged:
            #expect(mkdir("\(house.path)/new", 0o755) == 0)
            try writeFile("\(house.path)/new/waiting.json", House.spec().utf8)
            let flags = UInt32(RENAME_EXCHANGE)
            #expect(renameat2(AT_FDCWD, "\(house.path)/new", AT_FDCWD, inbox, flags) == 0)
            try await house.ended("waiting.json")
        }
        try await house.eventually("it watches another inbox") {
            var new = stat()
            return stat(inbox, &new) == 0 && new.st_ino != old.st_ino
                && daemon.count(of: "Watching ") > 0
        }
        if loss != .exchanged {
            var new = stat()
            #expect(stat(inbox, &new) == 0 && new.st_mode & 0o7777 == old.st_mode & 0o7777)
        }
        try house.drop("after.json")
        try await house.ended("after.json")
        #expect(!daemon.hasEnded)
    }

    /// A mount over the inbox is no event of the inbox, nor is its end.
    @Test(.enabled("No file system can be mounted here: that takes root.") { House.canMount })
    func outlivesAMountOverItsInbox() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 3600"
        let house = try House(settings)
        let daemon = try await house.start()
        let inbox = "\(house.root)/inbox"
        let below = open(inbox, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(below) }
        try #require(mount("none", inbox, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(inbox, Int32(MNT_DETACH)) }
        try await house.eventually("it watches the mount") { daemon.count(of: "Watching ") == 1 }
        // It is seen, and kept, but not on the file system of the root.
        try house.place("above.json")
        try await house.eventually("it complains") {
            daemon.said("claim above.json", "ross-device link")
        }
        #expect(house.names(in: "inbox") == ["above.json"])
        // Nobody watches where this goes.
        try writeFile("\(house.path)/draft", House.spec().utf8)
        #expect(renameat(AT_FDCWD, "\(house.path)/draft", below, "below.json") == 0)
        #expect(umount2(inbox, Int32(MNT_DETACH)) == 0)
        try await house.ended("below.json")
        try house.drop("after.json")
        try await house.ended("after.json")
        #expect(daemon.count(of: "Watching ") == 2 && !daemon.hasEnded)
    }

    private static let exhausting = """
        import ctypes, resource, time
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        while ctypes.CDLL(None).inotify_init1(0) >= 0: pass
        print("all", flush=True)
        time.sleep(3600)
        """

    /// Other programs of its user watch as much as there is to be had: files and requests are looked for
    /// alike, and it says what is short, once.
    @Test(
        .enabled(
            if: getuid() == 0 && access("/usr/bin/python3", X_OK) == 0,
            "It takes a user of its own, so root, and Python."))
    func withoutAnyWatchItPolls() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 3600, poll_interval: 0.2"
        let house = try House(settings)
        let user = "\(UInt32.random(in: 1_000_000...2_000_000))"
        let asUser = ["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        #expect(chown(house.path, uid_t(user) ?? 0, uid_t(user) ?? 0) == 0)
        let others = try RunningDaemon(
            asUser + ["/usr/bin/python3", "-c", Self.exhausting],
            log: "\(house.path)/others", output: "\(house.path)/others")
        try await eventually("there is no watch left", log: { others.lines }) {
            others.printed.contains("all")
        }
        let daemon = try await house.start(prefix: asUser)
        #expect(daemon.said("Ready: looking at", "every 200 ms, for it cannot be watched"))
        try house.drop("job.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        try house.request("job.json.cancel")
        try await house.ended("job.json", in: "failed")
        #expect(daemon.count(of: "Could not watch the inbox") == 1)
        #expect(daemon.count(of: "Could not watch the requests") == 1)
        #expect(daemon.count(of: "fs.inotify.max_user_instances") == 2)
    }

    /// More happens than the kernel remembers, and the job is what it forgets.
    @Test(
        .enabled(
            if: House.mostEvents < 1 << 18, "fs.inotify.max_queued_events is too large to exceed"))
    func anOverflowOfTheEventQueueLosesNothing() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 3600, scan_interval: 3600"
        let house = try House(settings)
        let daemon = try await house.start()
        daemon.send(SIGSTOP)
        try await house.eventually("it stands still") { daemon.isStopped }
        for number in 0...House.mostEvents {
            let path = "\(house.root)/inbox/.\(number)"
            try #require(mknod(path, S_IFREG | 0o600, 0) == 0 && unlink(path) == 0)
        }
        try house.drop("job.json")
        daemon.send(SIGCONT)
        try await house.ended("job.json")
        house.expectNothingInFlight()
    }

    /// While a job keeps the others from their turn, all that came are counted, and none of the
    /// looks for more costs anything to speak of.
    @Test(arguments: ["auto", "poll"])
    func findsThousandsAtOnceAndIsIdleThen(_ watch: String) async throws {
        var settings = HouseSettings()
        settings.inbox =
            "quiet_time: 3600, scan_interval: 3600, watch: \"\(watch)\", poll_interval: 0.5"
        settings.jobs = "parallel: 1"
        let (house, gate) = try House.withGate(settings, step: "wait")
        let manager = DatagramReceiver()
        let daemon = try await house.start(
            prefix: ["/usr/bin/env", "NOTIFY_SOCKET=\(manager.path)"])
        try house.drop("first.json", House.spec("gate"))
        try await gate.reached()
        let spec = Array(House.spec().utf8)
        let draft = "\(house.path)/draft"
        // More take their time in an unoptimized build.
        let count = ProcessInfo.processInfo.environment["TORTURE"] == "all" ? 20_000 : 3_000
        for number in 0..<count {
            let file = open(draft, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            try #require(write(file, spec, spec.count) == spec.count && close(file) == 0)
            try #require(rename(draft, "\(house.root)/inbox/job\(number).json") == 0)
        }
        // The manager has to read what it is told, or the daemon waits for it.
        try await house.eventually("all are counted") {
            while let message = manager.next() {
                if message.contains(" \(count) waiting") { return true }
            }
            return false
        }
        // A listing of an unoptimized build takes longer than all that is allowed here.
        try await becomesIdle(daemon, share: 0.03, over: .seconds(3)) {
            while manager.next() != nil {}
        }
        daemon.end()
        #expect(house.names(in: "inbox").count == count)
    }

    /// Takes minutes.
    @Test(.enabled(if: House.hasTime, "It takes minutes: set REELD_LONG_TESTS=1."))
    func doesTwentyThousandThatComeAtOnce() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 3600, scan_interval: 3600"
        let house = try House(settings)
        let daemon = try await house.start()
        let names = (0..<20_000).map { "job\($0).json" }
        for name in names { try house.drop(name) }
        let deadline = ContinuousClock.now + .seconds(3600)
        while house.names(in: "done").count < 2 * names.count, .now < deadline, !daemon.hasEnded {
            try await Task.sleep(for: .seconds(1))
        }
        #expect(house.jobs(in: "done") == names.sorted())
        #expect(house.names(in: "outputs").count == names.count)
        #expect(house.names(in: "failed") == [] && house.names(in: "rejected") == [])
        try await house.eventually("the last is off") { house.names(in: "active").isEmpty }
        house.expectNothingInFlight()
    }

    @Test func saysThatItPollsHowOftenAndWhy() async throws {
        var settings = HouseSettings()
        settings.inbox = "watch: \"poll\", poll_interval: 0.7, scan_interval: 3600"
        let house = try House(settings)
        let daemon = try await house.start()
        #expect(daemon.said("Ready: looking at \(house.root)/inbox every 700 ms, as configured."))
        settings.inbox = "scan_interval: 3600"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it watches") { daemon.said("Watching \(house.root)/inbox.") }
        try house.drop("job.json")
        try await house.ended("job.json")
    }

    /// A scan of an unoptimized build takes half a millisecond, more when others use the processors.
    @Test(arguments: [(60, 0.005), (0.1, 0.02)])
    func isIdleWhenThereIsNothingToDo(_ scanInterval: Double, _ share: Double) async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: \(scanInterval)"
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json")
        try await house.ended("job.json")
        try await house.eventually("it says so") { daemon.said("job.json is done") }
        try await becomesIdle(daemon, share: share, over: .seconds(2))
        let status = String(decoding: try readFile("/proc/\(daemon.pid)/status"), as: UTF8.self)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        let kilobytes = try #require(
            line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first)
        #expect(kilobytes < 28 * 1024)
    }

    /// Returns after a `span` over which the daemon has needed at most this share of a processor, be it
    /// the first or a later one: what was to be done before takes its time on a busy machine.
    private func becomesIdle(
        _ daemon: RunningDaemon, share: Double, over span: Duration, meanwhile: () -> Void = {}
    ) async throws {
        let deadline = ContinuousClock.now + patience
        var shares: [Double] = []
        while ContinuousClock.now < deadline {
            let (start, before) = (ContinuousClock.now, try processorTime(of: daemon.pid))
            // This measures; it does not wait for anything.
            try await Task.sleep(for: span)
            let used = try processorTime(of: daemon.pid) - before
            shares.append(used / start.duration(to: .now))
            if shares.contains(where: { $0 <= share }) { return }
            meanwhile()
        }
        Issue.record("never idle: it needed \(shares) of a processor")
    }

    /// What all threads of a process have used; see clock_getcpuclockid(3).
    private func processorTime(of pid: pid_t) throws -> Duration {
        var (clock, time) = (clockid_t(), timespec())
        guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else {
            throw Surprise("There is no clock of process \(pid).")
        }
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

extension House {
    /// How many events the kernel keeps for one watcher. See inotify(7).
    static var mostEvents: Int {
        let path = "/proc/sys/fs/inotify/max_queued_events"
        let text = String(decoding: (try? readFile(path)) ?? [], as: UTF8.self)
        return text.split(separator: "\n").first.flatMap { Int($0) } ?? .max
    }
}

extension RunningDaemon {
    /// Whether a signal has stopped it.
    var isStopped: Bool {
        let text = String(decoding: (try? readFile("/proc/\(pid)/stat")) ?? [], as: UTF8.self)
        return text.split(separator: ")").last?.first { $0 != " " } == "T"
    }
}

import Glibc
import TestSupport
import Testing

/// What a directory or the disk keeps from going on: told once, shown to those who look, and gone on with as soon
/// as that is mended.
@Suite struct StuckTests {
    private func settings() -> HouseSettings {
        var settings = HouseSettings()
        settings.jobs = "retry_delay: 0.1"
        return settings
    }

    @Test(.enabled("root may write everywhere") { House.canBeSomebodyElse })
    func aDirectoryThatMayNotBeWrittenIsNamed() async throws {
        let house = try House(settings())
        let daemon = try await house.start(prefix: house.somebodyElse())
        let done = "\(house.root)/done"
        #expect(chmod(done, 0o2550) == 0)
        try house.drop("job.json")
        try await house.eventually("it says so") { daemon.said("job.json", "\(done)", "denied") }
        try await house.eventually("the list says so") {
            try await house.expect(0, of: "list").printed.contains("could not file job.json")
        }
        let list = try await house.expect(0, of: "list running").printed
        #expect(list.contains(" stuck ") && list.contains("under done/: \(done)"), "\(list)")
        let shown = try await house.expect(0, of: "show job.json").printed
        #expect(shown.contains("Cure: Check its owner and mode"), "\(shown)")
        // Several tries later it has been said once.
        for number in 0..<5 {
            try house.drop("bad\(number).json", "no")
            try await house.ended("bad\(number).json", in: "rejected")
        }
        #expect(daemon.count(of: "ermission denied") == 1)
        #expect(chmod(done, 0o2750) == 0)
        try await house.ended("job.json")
        try await house.eventually("it is not stuck any more") {
            try await !house.expect(0, of: "list").printed.contains(" stuck ")
        }
    }

    @Test(.enabled("No file can be made immutable here.") { Immutable.isPossible })
    func whatIsImmutableIsNamedWithItsCure() async throws {
        let house = try House(settings())
        let daemon = try await house.start()
        let (file, done) = ("\(house.root)/inbox/job.json", "\(house.root)/done")
        // Of its own volition nothing claims it before it is immutable.
        try house.request("paused")
        try await house.eventually("it pauses") { daemon.said("Paused") }
        try house.drop("job.json")
        try #require(Immutable.set(file, true) && Immutable.set(done, true))
        defer { for path in [file, done] { _ = Immutable.set(path, false) } }
        let fsck = try await house.expect(1, of: "fsck").printed
        #expect(fsck.contains("done: not_writable") && fsck.contains("chattr -i -a \(done)"))
        try await house.expect(0, of: "resume")
        try await house.eventually("it says so") { daemon.said("inbox/job.json", "chattr -i") }
        try await house.eventually("the list says so") {
            try await house.expect(0, of: "list").printed.contains("could not claim job.json")
        }
        #expect(Immutable.set(file, false))
        try await house.eventually("it is made, and cannot be filed") {
            daemon.said("\(done): operation not permitted")
        }
        #expect(Immutable.set(done, false))
        try await house.ended("job.json")
        #expect(daemon.count(of: "peration not permitted") == 2)
    }

    @Test(.enabled("No file system can be mounted here: that takes root.") { House.canMount })
    func whatIsMountedOverADirectoryEndsTheDaemon() async throws {
        let (house, gate) = try House.withGate(settings())
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let outputs = "\(house.root)/outputs"
        try #require(mount("none", outputs, "tmpfs", 0, "size=64k") == 0)
        var isMounted = true
        defer { if isMounted { umount2(outputs, Int32(MNT_DETACH)) } }
        #expect(try await daemon.exit() == .exited(75))
        #expect(daemon.count(of: "\(outputs): the path does not lead to the directory") == 1)
        let fsck = try await house.expect(1, of: "fsck").printed
        #expect(fsck.contains("outputs: other_file_system"), "\(fsck)")
        #expect(!fsck.contains("missing_directory"))
        let again = try house.launch()
        #expect(try await again.exit() == .exited(71))
        isMounted = umount(outputs) != 0
        try #require(!isMounted)
        _ = try await house.start()
        try await gate.open()
        try await house.ended("job.json")
    }

    /// The daemon cannot write down that it is.
    @Test(.enabled("No file system can be mounted here: that takes root.") { House.canMount })
    func aFileSystemThatIsReadOnlyIsSeenByWhoeverLooks() async throws {
        let house = try House(settings())
        try house.makeInbox()
        try #require(mount(house.root, house.root, nil, UInt(MS_BIND), nil) == 0)
        defer { umount2(house.root, Int32(MNT_DETACH)) }
        let daemon = try await house.start()
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        let flags = UInt(MS_BIND | MS_REMOUNT | MS_RDONLY)
        try #require(mount(nil, house.root, nil, flags, nil) == 0)
        let list = try await house.expect(0, of: "list").printed
        #expect(list.contains("its file system is read-only. Mount it writable"), "\(list)")
        let fsck = try await house.expect(1, of: "fsck").printed
        #expect(fsck.contains(".: not_writable") && fsck.contains("read-only"), "\(fsck)")
    }

    /// What is opened next would be written into by all who mean the stream.
    @Test func streamsThatAreClosedAreNotTakenForFiles() async throws {
        let house = try House()
        let daemon = try house.launch(prefix: ["/bin/sh", "-c", #"exec "$@" <&- >&- 2>&-"#, "sh"])
        try await house.eventually("it has begun") { access("\(house.root)/inbox", F_OK) == 0 }
        try house.drop("job.json")
        try await house.ended("job.json")
        for stream in 0...2 {
            let place = realpath("/proc/\(daemon.pid)/fd/\(stream)", nil)
            defer { free(place) }
            #expect(place.map { String(cString: $0) } == "/dev/null")
        }
    }
}

/// The attribute by which nobody may change a file, whoever it is. See chattr(1).
private enum Immutable {
    /// Whether it can be given to files where tests work.
    static var isPossible: Bool {
        let directory = TemporaryDirectory()
        let isPossible = set(directory.path, true)
        return set(directory.path, false) && isPossible
    }

    /// Gives it to a file or takes it away; whether that was possible.
    static func set(_ path: String, _ isImmutable: Bool) -> Bool {
        let (getFlags, setFlags): (UInt, UInt) = (0x8008_6601, 0x4008_6602)
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var flags: Int32 = 0
        guard ioctl(file, getFlags, &flags) == 0 else { return false }
        flags = isImmutable ? flags | 0x10 : flags & ~0x10
        return ioctl(file, setFlags, &flags) == 0
    }
}

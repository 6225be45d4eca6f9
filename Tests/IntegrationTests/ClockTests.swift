import Glibc
import TestSupport
import Testing

/// The wall clock is set while the daemon works. A small library before the C library's gives a daemon
/// another wall clock, which a file moves; the other clocks are the machine's.
@Suite(.enabled(if: House.compiler != nil, "no C compiler"))
struct ClockTests {
    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>
        static long shift(void) {
            char text[32] = {0};
            const char *path = getenv("CLOCK_SHIFT");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return 0;
            long count = read(file, text, 31);
            close(file);
            return count > 0 ? atol(text) : 0;
        }
        int clock_gettime(clockid_t clock, struct timespec *time) {
            int result = syscall(SYS_clock_gettime, clock, time);
            if (!result && clock == CLOCK_REALTIME) time->tv_sec += shift();
            return result;
        }
        time_t time(time_t *seconds) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (seconds) *seconds = now.tv_sec;
            return now.tv_sec;
        }
        int gettimeofday(struct timeval *time, void *zone) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            time->tv_sec = now.tv_sec;
            time->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        """

    private let house: House

    init() throws { house = try House() }

    /// Starts the daemon with a clock that `set` moves.
    private func start(_ retention: String, shift: Int) async throws -> RunningDaemon {
        var settings = HouseSettings()
        settings.retention = retention
        try house.configure(settings)
        let library = "\(house.path)/clock.so"
        if access(library, F_OK) != 0 {
            try writeFile("\(house.path)/clock.c", Self.source.utf8)
            let build = try RunningDaemon(
                [
                    try #require(House.compiler), "-shared", "-fPIC", "-o", library,
                    "\(house.path)/clock.c",
                ], log: "\(house.path)/cc.log", output: "\(house.path)/cc.out")
            #expect(try await build.exit() == .exited(0), "\(build.lines)")
        }
        try set(shift)
        return try await house.start(
            prefix: [
                "/usr/bin/env", "LD_PRELOAD=\(library)", "CLOCK_SHIFT=\(house.path)/shift",
            ])
    }

    /// Moves the clock, in one go.
    private func set(_ shift: Int) throws {
        try writeFile("\(house.path)/shift.new", "\(shift)".utf8)
        #expect(rename("\(house.path)/shift.new", "\(house.path)/shift") == 0)
    }

    private func session(of name: String) async throws -> String {
        try #require(try await house.ended(name).session)
    }

    private func kept() -> [String] { house.names(in: "outputs") }

    /// A session of long ago, by whatever clock: when it is gone, retention has gone round.
    private func plant(_ number: Int) throws -> String {
        let id = "session_19990101_00000\(number)_0000"
        for part in ["", "/metadata"] {
            #expect(mkdir("\(house.root)/outputs/\(id)\(part)", 0o750) == 0)
        }
        let record = """
            {"format": 1, "session": "\(id)", "job": "old.json", "pipeline": "copy", "priority": 0,
             "labels": {}, "arrived": "1999-01-01T00:00:00Z", "claimed": "1999-01-01T00:00:00Z",
             "starts": 1, "deaths": 0, "plan": [], "steps": {},
             "outcome": {"state": "failed", "finished": "1999-01-01T00:00:00Z"}}
            """
        try writeFile("\(house.root)/outputs/\(id)/metadata/session.json", record.utf8)
        return id
    }

    private func isGone(_ id: String) async throws {
        try await house.eventually("\(id) is removed") { !kept().contains(id) }
    }

    @Test func aVideoIsAsOldAsItIsWhenTheClockIsSetRight() async throws {
        // Years ago, by the clock that the machine starts with.
        let daemon = try await start(
            "interval: 0.5, age: 86400, job_files_age: 86400", shift: -91_500_000)
        try house.drop("a.json")
        let session = try await session(of: "a.json")
        try await isGone(try plant(1))
        try set(0)
        try await house.eventually("the jump is told") { daemon.said("The clock is set", "ahead") }
        try await isGone(try plant(2))
        #expect(kept() == [session] && house.jobs(in: "done") == ["a.json"])
        #expect(try house.receipt(of: "a.json", in: "done").removed == nil)
        #expect(daemon.count(of: "The clock is set") == 1)
        // Another daemon knows as much, and so does reelctl.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        let result = try await house.runReelctl("gc")
        #expect(result.ending == .exited(0), "\(result.text)")
        #expect(result.text.contains("outputs/\(session)  left"), "\(result.text)")
        #expect(kept() == [session])
    }

    @Test func theNewestIsKeptWhenTheClockGoesBack() async throws {
        let daemon = try await start("interval: 0.2, count: 1", shift: 0)
        try house.drop("old.json")
        let old = try await session(of: "old.json")
        try set(-3600)
        try house.drop("new.json")
        let new = try await session(of: "new.json")
        #expect(new < old)
        try await isGone(old)
        try await isGone(try plant(1))
        #expect(kept() == [new])
        #expect(!daemon.said("in -"))
    }
}

extension House {
    /// A C compiler, if there is one.
    static var compiler: String? {
        let paths: [String] = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"]
        return paths.first { (path: String) in access(path, X_OK) == 0 }
    }
}

import Glibc
import Testing

/// Watching goes on whatever becomes of the inbox, and costs nothing while nothing comes.
@Suite struct WatchingTests {
    enum Loss: CaseIterable { case removed, renamed, exchanged }

    @Test(arguments: Loss.allCases) func outlivesItsInbox(_ loss: Loss) async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.2"
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
                && daemon.count(of: "Watching ") > 1
        }
        if loss != .exchanged {
            var new = stat()
            #expect(stat(inbox, &new) == 0 && new.st_mode & 0o7777 == old.st_mode & 0o7777)
        }
        try house.drop("after.json")
        try await house.ended("after.json")
        #expect(!daemon.hasEnded)
    }

    /// This measures two seconds; it does not wait for anything. A scan of an unoptimized build
    /// takes half a millisecond, more when others use the processors.
    @Test(arguments: [(60, 1), (0.1, 4)])
    func isIdleWhenThereIsNothingToDo(_ scanInterval: Double, _ ticks: Int) async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: \(scanInterval)"
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json")
        try await house.ended("job.json")
        try await house.eventually("it says so") { daemon.said("job.json is done") }
        let before = try processorTicks(of: daemon.pid)
        try await Task.sleep(for: .seconds(2))
        let after = try processorTicks(of: daemon.pid)
        #expect(after - before <= ticks)
        let status = String(decoding: try readFile("/proc/\(daemon.pid)/status"), as: UTF8.self)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        let kilobytes = try #require(
            line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first)
        #expect(kilobytes < 20 * 1024)
    }

    /// User and system time, in ticks of a hundredth of a second; see proc_pid_stat(5).
    private func processorTicks(of pid: pid_t) throws -> Int {
        let text = String(decoding: try readFile("/proc/\(pid)/stat"), as: UTF8.self)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        let times = fields.dropFirst(11).prefix(2).compactMap { Int($0) }
        guard times.count == 2 else { throw Surprise("/proc/\(pid)/stat reads otherwise: \(text)") }
        return times[0] + times[1]
    }
}

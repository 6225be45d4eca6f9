import Core
import Glibc
import Systemd
import Testing

@Suite struct StandardErrorLogTests {
    private func line(_ event: Event) -> String {
        StandardErrorLog.line(for: event, at: CivilTime(secondsSince1970: 1_795_409_565))
    }

    @Test(arguments: [
        (
            Event(.jobClaimed, "Claimed the job.", [.job: "a.json", .session: "session_x"]),
            "2026-11-23T04:52:45Z notice   Claimed the job.  [session=session_x job=a.json]\n"
        ),
        (
            Event(.daemonReady, "Ready."), "2026-11-23T04:52:45Z notice   Ready.\n"
        ),
        (
            Event(.stepStarted, "x", [.duration: "12"], priority: .debug),
            "2026-11-23T04:52:45Z debug    x  [duration_usec=12]\n"
        ),
        (
            Event(.jobRejected, "Bad\n2026-11-23T04:52:45Z error    Fake.", [.job: "b c.json"]),
            "2026-11-23T04:52:45Z warning  Bad\\n2026-11-23T04:52:45Z error    Fake."
                + "  [job=\"b c.json\"]\n"
        ),
    ])
    func writesOneReadableLine(_ event: Event, _ expected: String) {
        #expect(line(event) == expected)
    }

    @Test(arguments: [
        ("a.json", "a.json"), ("", "\"\""), ("a b", "\"a b\""), ("a]", "\"a]\""),
        ("a state=done", "\"a state=done\""), ("\"", "\"\\\"\""), ("\u{1b}[2J", "\"\\u{1b}[2J\""),
        ("\"\u{301} state=done", "\"\\\"\u{301} state=done\""),
        ("a\u{2003}b", "\"a\u{2003}b\""), ("\n", "\\n"),
    ])
    func aValueCannotLeaveItsPlace(_ value: String, _ shown: String) {
        #expect(line(Event(.jobDone, "Done.", [.job: value])).hasSuffix("  [job=\(shown)]\n"))
    }

    @Test func leavesOutWhatIsLessUrgentThanTheMinimum() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let log = StandardErrorLog(minimum: .notice, descriptor: ends[1])
        #expect(log.record(Event(.stepStarted, "An info."), at: 0))
        #expect(log.record(Event(.jobDone, "A notice."), at: 0))
        #expect(log.record(Event(.jobFailed, "An error."), at: 0))
        close(ends[1])
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(ends[0], &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
        let lines = text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("Z notice   A notice.") == true)
        #expect(lines.last?.hasSuffix("Z error    An error.") == true)
    }
}

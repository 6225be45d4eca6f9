import Core
import Glibc
import Systemd
import Testing

/// In processes of their own, since they change the environment.
@Suite struct EventSinkTests {
    @Test func writesToStandardErrorWithoutAJournal() async {
        await #expect(processExitsWith: .success) {
            unsetenv("JOURNAL_STREAM")
            precondition(EventSink.target(minimum: .info) is StandardErrorLog)
        }
    }

    @Test func distrustsAnInheritedVariable() async {
        await #expect(processExitsWith: .success) {
            setenv("JOURNAL_STREAM", "1:2", 1)
            precondition(EventSink.target(minimum: .info) is StandardErrorLog)
        }
    }

    @Test func writesToTheJournalWhenStandardErrorLeadsThere() async {
        await #expect(processExitsWith: .success) {
            var status = stat()
            precondition(fstat(STDERR_FILENO, &status) == 0)
            setenv("JOURNAL_STREAM", "\(status.st_dev):\(status.st_ino)", 1)
            let log = EventSink.target(minimum: .notice) as? JournalLog
            precondition(log?.minimum == .notice)
        }
    }
}

import Core
import Systemd
import Testing

@Suite struct JournalEntryTests {
    /// The fields as the journal would receive them.
    private func fields(of event: Event) -> [String] {
        var entry = JournalEntry(event)
        return entry.withVectors { vectors in
            vectors.map { vector in
                let bytes = UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len)
                return String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    @Test func namesKindPriorityAndSubject() {
        let event = Event(
            .stepRetried, "Trying again.", [.job: "a.json", .step: "image-01", .attempt: "2"])
        #expect(
            fields(of: event) == [
                "MESSAGE=Trying again.", "PRIORITY=4",
                "MESSAGE_ID=\(EventKind.stepRetried.messageID)", "SYSLOG_IDENTIFIER=reeld",
                "REELD_ATTEMPT=2", "REELD_JOB=a.json", "REELD_STEP=image-01",
            ])
    }

    @Test func aValueCannotBecomeAField() throws {
        let forged = "a.json\nPRIORITY=0\nMESSAGE_ID=00000000000000000000000000000000\n"
        let fields = fields(of: Event(.jobClaimed, "Claimed \(forged)", [.job: forged]))
        try #require(fields.count == 5)
        #expect(fields[1] == "PRIORITY=5")
        #expect(fields[4] == "REELD_JOB=\(forged)", "programs get the value as it is")
        #expect(!fields[0].contains("\n"), "people get it on one line")
    }

    @Test func keepsEmptyValuesAndNuls() {
        let fields = fields(of: Event(.jobFailed, "", [.error: "", .job: "a\0b"]))
        #expect(fields.first == "MESSAGE=")
        #expect(fields.contains("REELD_ERROR="))
        #expect(fields.contains("REELD_JOB=a\0b"))
    }
}

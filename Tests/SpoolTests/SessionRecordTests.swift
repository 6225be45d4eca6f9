import Core
import Spool
import TestSupport
import Testing

@Suite struct SessionRecordTests {
    /// Whatever may be written can be read again.
    @Test func aRecordOfManyOutputsIsReadAgain() async throws {
        let sandbox = try SpoolSandbox()
        let session = try await sandbox.session()
        let place = String(repeating: "x", count: 1 << 20)
        let now = sandbox.time.now
        try session.update { record in
            record.steps["one"] = .init(provider: "p", tries: [:], started: now)
            record.steps["one"]?.outputs = (1...20).map {
                .init(place: "\($0)/\(place)", bytes: 1, sha256: "")
            }
        }
        #expect(try Session.open(session.id, in: sandbox.root).record == session.record)
    }

    @Test func aRecordOfAnotherVersionIsRefusedAndSaysSo() async throws {
        let sandbox = try SpoolSandbox()
        let session = try await sandbox.session()
        let place = "outputs/\(session.id)/metadata/session.json"
        let text = try #require(sandbox.text(place))
        for other in [text.replacing("\"format\" : 1", with: "\"format\" : 2"), "{\"format\": 7}"] {
            try sandbox.write(other, to: place)
            let error = #expect(throws: Failure.self) {
                try SessionRecord.read(from: session.directory)
            }
            #expect(error?.code == "record_newer" && error?.isOfRecord == true)
        }
    }

    @Test func noDurationIsNegative() throws {
        var record = SessionRecord(
            session: SessionID(at: 0, JobHandle(0)), job: "a.json",
            header: JobHeader(pipeline: "p"),
            arrived: .distantPast, claimed: Timestamp(secondsSince1970: 9000))
        record.begun = BootMoment(boot: "a", seconds: 10)
        var outcome = SessionRecord.Outcome(
            state: .done, finished: Timestamp(secondsSince1970: 5400),
            ended: BootMoment(boot: "a", seconds: 13))
        #expect(record.elapsed(until: outcome) == .seconds(3))
        outcome.ended = BootMoment(boot: "b", seconds: 1)
        #expect(record.elapsed(until: outcome) == .zero)
        outcome.finished = Timestamp(secondsSince1970: 9009)
        #expect(record.elapsed(until: outcome) == .seconds(9))
    }

    private let moment = Timestamp(secondsSince1970: 1_795_409_565.25)
    private let failure = Failure(
        .transient, code: "timeout", operation: "run", subject: "sh", cause: "it was late",
        hint: "Hurry", retryAfter: 1.5)

    private var record: SessionRecord {
        var record = SessionRecord(
            session: SessionID(at: 1, JobHandle(1)), job: "a \"ü\"/\\xff.json",
            header: JobHeader(pipeline: "copy", priority: -3, labels: ["k": "v\n"]),
            arrived: moment, claimed: moment)
        record.starts = 2
        record.plan = ["b", "a", "c"]
        var step = SessionRecord.StepRecord(
            provider: "p", tries: ["p": 2, "q": 1], started: moment)
        step.state = .finished
        step.seconds = 0.1
        step.outputs = [.init(place: "audio/a.wav", bytes: 3, sha256: "00")]
        step.degradations = ["Worse."]
        step.failure = failure
        record.steps = ["a": step, "b": .init(provider: "p", tries: [:], started: moment)]
        record.steps["b"]?.degradations = ["Bad."]
        record.publication = [.init(name: "a.wav", output: step.outputs[0])]
        record.outcome = .init(state: .failed, failure: failure, stage: "a", finished: moment)
        return record
    }

    @Test func comesBackFromItsFile() throws {
        let bytes = try RecordFile.encode(record, subject: "it")
        #expect(try RecordFile.decode(SessionRecord.self, from: bytes, subject: "it") == record)
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("}\n"))
    }

    @Test(arguments: ["", "{", "{}", "[]", "{\"format\":1}"])
    func aDamagedRecordSaysWhichItIs(_ text: String) {
        let error = #expect(throws: Failure.self) {
            try RecordFile.decode(SessionRecord.self, from: Array(text.utf8), subject: "x/y.json")
        }
        #expect(error?.code == "record_damaged" && error?.subject == "x/y.json")
    }

    @Test func sumsUpItsSteps() {
        #expect(record.degradations == ["Bad.", "Worse."])
        #expect(record.finishedSteps == 1)
        #expect(record.runningSteps == ["b"])
        #expect(record.steps["a"]?.attempts == 3)
    }

    @Test func forgivesOnlyTheLastAttempt() {
        var step = SessionRecord.StepRecord(
            provider: "p", tries: ["p": 2, "q": 1], started: moment)
        step.forgiveLastAttempt()
        #expect(step.tries == ["p": 1, "q": 1])
        step.forgiveLastAttempt()
        step.forgiveLastAttempt()
        #expect(step.tries == ["q": 1])
    }

    @Test func theReceiptTellsWhatTheRecordKnows() throws {
        var record = record
        let failed = Receipt(
            record,
            .init(
                state: .failed, failure: failure, stage: "a", finished: moment))
        #expect(failed.state == .failed && failed.session == record.session)
        #expect(failed.outputs.isEmpty && failed.degradations == ["Bad.", "Worse."])
        #expect(failed.attempts == ["a": 3, "b": 0] && failed.labels == ["k": "v\n"])
        #expect(failed.error?.code == "timeout" && failed.error?.stage == "a")
        #expect(failed.error?.message == failure.message && failed.error?.hint == "Hurry")
        record.outcome = nil
        let done = Receipt(record, .init(state: .done, finished: moment))
        #expect(
            done.outputs.map(\.path) == ["outputs/\(record.session)/final_output/a.wav"])
        #expect(done.error == nil)
        for receipt in [failed, done] {
            let bytes = try RecordFile.encode(receipt, subject: "it")
            #expect(try RecordFile.decode(Receipt.self, from: bytes, subject: "it") == receipt)
        }
    }

    @Test func theReceiptOfWhatWasNoJobHasNoSession() throws {
        let receipt = Receipt(
            rejecting: "a\nb.json", because: failure, arrived: moment, at: moment)
        #expect(receipt.job == "a\\x0ab.json" && receipt.session == nil)
        #expect(receipt.error?.stage == "inbox" && receipt.state == .rejected)
        let bytes = try RecordFile.encode(receipt, subject: "it")
        #expect(try RecordFile.decode(Receipt.self, from: bytes, subject: "it") == receipt)
    }
}

import Core
import Testing

@testable import Spool

/// What is written by hand is what Foundation's encoder makes of the same values, which the decoder reads.
@Suite struct RecordTextTests {
    private let failure = Failure(
        .unavailable, code: "tool_failed", operation: "run", subject: "a\"b\\c/d\u{1}\n\t\u{1f}é日",
        cause: "it said \r\u{8}\u{c}\u{7f}\u{2028}", hint: "Wait", retryAfter: 2.5)

    private var record: SessionRecord {
        get throws {
            let id = try #require(SessionID("session_20261123_045245_k7qa"))
            var record = SessionRecord(
                session: id, job: "a.json",
                header: JobHeader(
                    pipeline: "video", priority: -3,
                    labels: ["é": "1", "z": "2", "Z": "", "a b": "\u{1F600}", "": "none"],
                    id: "my \"id\""),
                arrived: Timestamp(secondsSince1970: 1_700_000_000.25),
                claimed: Timestamp(secondsSince1970: 1_700_000_001))
            var step = SessionRecord.StepRecord(
                provider: "ffmpeg", tries: ["ffmpeg": 2, "other": 1],
                started: Timestamp(secondsSince1970: 3))
            step.seconds = 0.000_012_5
            step.outputs = [.init(place: "audio/a.wav", bytes: 1 << 40, sha256: "00ff")]
            step.degradations = ["It is short.", ""]
            step.failure = failure
            step.reused = true
            step.machine = ["reeld": "a", "fonts": "b"]
            step.cost = .init(processor: 1.5, memory: 7)
            record.steps = [
                "clip-01": step,
                "b": .init(provider: "p", tries: [:], started: .distantPast),
            ]
            record.steps["b"]?.seconds = 3
            record.plan = ["clip-01", "b"]
            record.publication = [.init(name: "v.mp4", output: step.outputs[0])]
            let outcome = SessionRecord.Outcome(
                state: .failed, failure: failure, stage: "clip-01", finished: .distantPast)
            record.outcome = outcome
            record.earlier = [.init(outcome: outcome, attempts: ["b": 3])]
            record.parking = .init(until: .distantPast, seconds: 1e300, breakers: ["a/b"])
            (record.owner, record.worker, record.deaths) = (4_294_967_295, "x9", 1)
            (record.arrival, record.boot) = (17, "a-b")
            record.hooks = ["mail": .init(failure: failure), "deliver": .init(failure: nil)]
            var review = SessionRecord.Review()
            (review.verdict, review.by) = (.rejected, "alice (user 7)")
            (review.at, review.because) = (.distantPast, "too \"loud\"")
            record.review = review
            record.hooksAsked = .distantPast
            (record.preset, record.origins) = ("science", ["labels.a": "defaults", "id": "spec"])
            record.begun = BootMoment(boot: "a-b", seconds: 0.125)
            record.outcome?.ended = BootMoment(boot: "a-b", seconds: 7)
            return record
        }
    }

    @Test func recordsAreAsFoundationWritesThem() throws {
        let full = try record
        var bare = SessionRecord(
            session: full.session, job: "", header: JobHeader(pipeline: ""), arrived: .distantPast,
            claimed: .distantPast)
        bare.publication = []
        for record in [full, bare] {
            let bytes = RecordFile.encode(record)
            #expect(try text(bytes) == text(RecordFile.encode(record, subject: "it")))
            #expect(try RecordFile.decode(SessionRecord.self, from: bytes, subject: "it") == record)
        }
    }

    @Test func receiptsAreAsFoundationWritesThem() throws {
        var full = try record
        full.outcome?.state = .done
        let outcome = try #require(full.outcome)
        var removed = Receipt(full, outcome)
        removed.removed = .distantPast
        let rejected = Receipt(
            rejecting: "-\u{1b}.json", because: failure, arrived: nil, at: .distantPast)
        for receipt in [removed, rejected, Receipt(try record, try #require(record.outcome))] {
            let bytes = RecordFile.encode(receipt)
            #expect(try text(bytes) == text(RecordFile.encode(receipt, subject: "it")))
            #expect(try RecordFile.decode(Receipt.self, from: bytes, subject: "it") == receipt)
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

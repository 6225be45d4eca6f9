import Core
import TestSupport
import Testing

@testable import Spool

/// Who died over a job, and who only with the machine or in the middle of a stop.
@Suite struct WorkerTests {
    private let sandbox: SpoolSandbox

    init() throws { sandbox = try SpoolSandbox() }

    private func record() -> SessionRecord {
        SessionRecord(
            session: SessionID(at: 0, JobHandle(0)), job: "a.json",
            header: JobHeader(pipeline: "copy"), arrived: sandbox.time.now,
            claimed: sandbox.time.now)
    }

    private func worker(boot: String? = "boot") -> Worker { Worker(in: sandbox.root, boot: boot) }

    @Test func aDaemonThatWasKilledDiedOverItsJob() {
        var record = record()
        let first = worker()
        first.begin(&record)
        first.begin(&record)
        #expect(record.deaths == 0 && record.starts == 2 && record.boot == "boot")
        for deaths in 1...3 {
            let next = worker()
            #expect(next.isSuspect(record) == (deaths >= 2))
            next.begin(&record)
            #expect(record.deaths == deaths)
        }
    }

    @Test func whatWentDownWithTheMachineIsNoDeath() {
        var record = record()
        for boot in 1...5 {
            let next = worker(boot: "\(boot)")
            #expect(!next.isSuspect(record))
            next.begin(&record)
        }
        #expect(record.deaths == 0 && record.starts == 5)
        // Where nobody knows, it is one: of an earlier version, or where the machine does not tell.
        record.boot = nil
        #expect(worker(boot: "6").isDeath(record))
        record.boot = "5"
        #expect(worker(boot: nil).isDeath(record))
    }

    @Test func whoWasAskedToStopDidNotDie() throws {
        var record = record()
        for _ in 1...5 {
            let next = worker()
            #expect(!next.isSuspect(record))
            next.begin(&record)
            try next.noteStop(in: sandbox.root)
        }
        // One that did not get to the job yet says nothing about those before.
        worker().begin(&record)
        #expect(record.deaths == 0)
        worker().begin(&record)
        #expect(record.deaths == 1)
        #expect(try sandbox.list("state") == ["stopped.json"])
    }
}

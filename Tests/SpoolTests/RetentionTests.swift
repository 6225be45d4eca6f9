import Core
import Linux
import Spool
import Synchronization
import TestSupport
import Testing

@Suite struct RetentionTests {
    private let sandbox: SpoolSandbox
    private var root: SpoolRoot { sandbox.root }

    init() throws { sandbox = try SpoolSandbox() }

    /// Goes through everything once and says what went.
    @discardableResult
    private func apply(
        _ policy: RetentionPolicy, dry: Bool = false, ages: Ages? = nil,
        spare: @escaping @Sendable (RetentionItem) -> Void = { _ in }
    ) async throws -> [String] {
        let items = Mutex<[RetentionItem]>([])
        let failures = Mutex<[Failure]>([])
        let retention = Retention(
            root: root, policy: policy, identity: JobIdentity(root: root, window: .seconds(1)),
            isDryRun: dry, report: { item in items.withLock { $0.append(item) } }, spare: spare,
            complain: { failure in failures.withLock { $0.append(failure) } })
        let ages = ages ?? Ages(at: ClockReading(wall: sandbox.time.now, moment: nil))
        // A child that another test is about to start has all locks of this process until it is one.
        while try await retention.run(ages) != nil { await Task.yield() }
        #expect(failures.withLock(\.self) == [])
        return items.withLock(\.self).map { "\($0.reason.rawValue) \($0.place)" }
    }

    /// Jobs that ended an hour apart, the last an hour ago.
    private func jobs(_ count: Int) async throws -> [SessionID] {
        var ids: [SessionID] = []
        for number in 0..<count {
            ids.append(
                try await sandbox.ended("\(number).json", as: number % 2 == 0 ? .done : .failed))
            sandbox.time.advance(by: .seconds(3600))
        }
        return ids
    }

    private func sessions() throws -> [String] {
        try sandbox.list("outputs").filter { !$0.hasPrefix(".") }
    }

    private func policy(_ change: (inout RetentionPolicy) -> Void) -> RetentionPolicy {
        var policy = RetentionPolicy()
        change(&policy)
        return policy
    }

    @Test func byDefaultEverythingIsKept() async throws {
        _ = try await jobs(3)
        sandbox.time.advance(by: .seconds(1e9))
        let before = try sandbox.tree()
        #expect(try await apply(RetentionPolicy()) == [])
        var after = try sandbox.tree()
        #expect(after.removeValue(forKey: "state/gc.lock") != nil)
        #expect(after == before)
    }

    @Test func whatEndedLongAgoGoesAndItsReceiptSaysSo() async throws {
        let ids = try await jobs(4)
        let limit = policy { $0.age = .seconds(2.5 * 3600) }
        let expected = ids.prefix(2).map { "age outputs/\($0)" }
        let before = try sandbox.tree()
        #expect(try await apply(limit, dry: true) == expected)
        #expect(try sandbox.tree() == before)
        #expect(try await apply(limit) == expected)
        #expect(try sessions() == ids.suffix(2).map(\.description))
        #expect(try sandbox.list("outputs/.trash") == [])
        let moment = sandbox.time.now
        #expect(try sandbox.receipt("done/0.json.receipt").removed == moment)
        #expect(try sandbox.receipt("failed/1.json.receipt").removed == moment)
        #expect(try sandbox.receipt("done/2.json.receipt").removed == nil)
        #expect(try sandbox.list("done").count == 4)
        #expect(try await apply(limit) == [])
    }

    @Test func theNewestAreKeptByCount() async throws {
        let ids = try await jobs(5)
        #expect(
            try await apply(policy { $0.count = 2 }) == ids.prefix(3).map { "count outputs/\($0)" })
        #expect(try sessions() == ids.suffix(2).map(\.description))
    }

    @Test func theNewestAreKeptByBytes() async throws {
        let ids = try await jobs(4)
        let sizes = try ids.map { try root[.outputs].sizeOfTree(FileName($0.description)) }
        let limit = policy { $0.bytes = sizes[2] + sizes[3] }
        #expect(try await apply(limit) == [1, 0].map { "bytes outputs/\(ids[$0])" })
        #expect(try sessions() == ids.suffix(2).map(\.description))
    }

    /// The clock went back by an hour between them: the order is that of the claims all the same.
    @Test func theNewestAreThoseThatWereClaimedLast() async throws {
        var ids = try await jobs(3)
        sandbox.time.advance(by: .seconds(-36_000))
        ids += try await jobs(2)
        #expect(ids[3] < ids[0])
        let sizes = try ids.map { try root[.outputs].sizeOfTree(FileName($0.description)) }
        #expect(
            try await apply(policy { $0.bytes = sizes[2] + sizes[3] + sizes[4] }, dry: true)
                == [1, 0].map { "bytes outputs/\(ids[$0])" })
        #expect(
            try await apply(policy { $0.count = 2 }) == ids.prefix(3).map { "count outputs/\($0)" })
        #expect(Set(try sessions()) == Set(ids.suffix(2).map(\.description)))
    }

    /// Sessions of an earlier version have no number, and came before all that have one.
    @Test func sessionsWithoutANumberGoFirst() async throws {
        let ids = try await jobs(4)
        for id in ids.suffix(2) { try Session.open(id, in: root).update { $0.arrival = nil } }
        #expect(
            try await apply(policy { $0.count = 1 })
                == [2, 3, 0].map { "count outputs/\(ids[$0])" })
    }

    /// Whoever starts with the file of the numbers gone goes on behind those that are there.
    @Test(arguments: [nil, "", "x"] as [String?]) func theNumbersGoOnWhateverBecomesOfTheirFile(
        _ text: String?
    ) async throws {
        let first = try #require(try await sandbox.session("a.json").record.arrival)
        #expect(try await sandbox.session("b.json").record.arrival == first + 1)
        try sandbox.remove("state/arrivals")
        if let text { try sandbox.write(text, to: "state/arrivals") }
        let again = try SpoolRoot(path: sandbox.path)
        try sandbox.drop("c.json")
        let claim = Claim(
            root: again, settling: Settling(quietTime: .zero), parse: SpoolSandbox.parse,
            now: { .now })
        guard case .job(let session, _) = try claim.claim("c.json", in: again[.inbox]) else {
            throw Unexpected(what: "no job")
        }
        #expect(session.record.arrival == first + 2)
        // A crash leaves some out.
        let third = try SpoolRoot(path: sandbox.path)
        try sandbox.drop("d.json")
        let next = Claim(
            root: third, settling: Settling(quietTime: .zero), parse: SpoolSandbox.parse,
            now: { .now })
        guard case .job(let last, _) = try next.claim("d.json", in: third[.inbox]) else {
            throw Unexpected(what: "no job")
        }
        #expect((last.record.arrival ?? 0) > first + 2)
    }

    /// A machine without a clock: what it made is seconds old when the clock is set right. What only
    /// the wall clock calls old is named, and left.
    @Test func aClockThatIsSetRightMakesNothingOld() async throws {
        let id = try await sandbox.ended("a.json")
        let old = try await sandbox.ended("b.json")
        let then = sandbox.time.now
        let ended = BootMoment(boot: "here", seconds: 100)
        try Session.open(id, in: root).update { $0.outcome?.ended = ended }
        var receipt = try sandbox.receipt("done/a.json.receipt")
        receipt.times.ended = ended
        try sandbox.write(
            String(
                decoding: try RecordFile.encode(receipt, subject: "a receipt"), as: UTF8.self),
            to: "done/a.json.receipt")
        for name in ["a.json.receipt", "b.json.receipt"] {
            try root[.done].setModified(FileName(name), to: Int(then.secondsSince1970))
        }
        let limit = policy {
            $0.age = .seconds(86_400)
            $0.jobFiles = .seconds(86_400)
            $0.directories = ["video_clips": .seconds(86_400)]
        }
        var history = ClockHistory()
        _ = history.note(ClockReading(wall: then, moment: ended))
        let now = ClockReading(
            wall: Timestamp(secondsSince1970: then.secondsSince1970 + 1e8),
            moment: BootMoment(boot: "here", seconds: 130))
        #expect(history.note(now) != nil)
        let spared = Mutex<[String]>([])
        let none = try await apply(
            limit, ages: Ages(at: now, history, respite: .seconds(60)),
            spare: { item in spared.withLock { $0.append(item.place) } })
        #expect(none == [])
        #expect(
            spared.withLock { Set($0) } == [
                "outputs/\(id)", "outputs/\(old)", "outputs/\(id)/video_clips",
                "outputs/\(old)/video_clips", "done/a.json", "done/b.json",
            ])
        // When it has stood for a while, what says nothing else is as old as the wall clock has it.
        let later = ClockReading(
            wall: Timestamp(secondsSince1970: now.wall.secondsSince1970 + 60),
            moment: BootMoment(boot: "here", seconds: 190))
        let gone = try await apply(limit, ages: Ages(at: later, history, respite: .seconds(60)))
        #expect(gone == ["age outputs/\(old)", "age done/b.json"])
        #expect(try sandbox.list("outputs/\(id)") == Session.directories.sorted())
    }

    /// Whatever the rules say, and however old it is.
    @Test(arguments: [SpoolDirectory.active, .deferred, .held])
    func whatHasNotEndedIsNotTouched(_ state: SpoolDirectory) async throws {
        let waiting = try await sandbox.session("waits.json")
        let filing = try await sandbox.session("filing.json")
        let nowhere = try await sandbox.session("nowhere.json")
        // An outcome, but its file is not filed yet.
        let now = sandbox.time.now
        try filing.update { $0.outcome = .init(state: .done, finished: now) }
        try sandbox.remove("active/\(nowhere.id).json")
        if state != .active {
            for id in [waiting.id, filing.id] {
                try sandbox.move("active/\(id).json", to: "\(state.rawValue)/\(id).json")
            }
        }
        try sandbox.drop("later.json")
        sandbox.time.advance(by: .seconds(1e9))
        let before = try sandbox.tree()
        let all = policy {
            $0.age = .seconds(1)
            $0.count = 0
            $0.bytes = 0
            $0.jobFiles = .seconds(1)
            for name in RetentionPolicy.droppable { $0.directories[name] = .seconds(1) }
        }
        #expect(try await apply(all) == [])
        var after = try sandbox.tree()
        after["state/gc.lock"] = nil
        #expect(after == before)
    }

    @Test func directoriesGoBeforeTheirSession() async throws {
        let ids = try await jobs(3)
        let limit = policy { $0.directories = ["video_clips": .seconds(1.5 * 3600)] }
        #expect(
            try await apply(limit) == ids.prefix(2).map { "age outputs/\($0)/video_clips" })
        for id in ids.prefix(2) {
            #expect(
                try sandbox.list("outputs/\(id)")
                    == Session.directories.filter { $0 != "video_clips" }.sorted())
        }
        #expect(try sandbox.list("outputs/\(ids[2])") == Session.directories.sorted())
        #expect(sandbox.text("outputs/\(ids[0])/final_output/video.mp4") != nil)
        #expect(try sandbox.list("outputs/.trash") == [])
        #expect(try await apply(limit) == [])
    }

    @Test func filesOfEndedJobsGoWithTheirReceipts() async throws {
        let ids = try await jobs(2)
        try sandbox.write("{}", to: "failed/no-receipt.json")
        for place in ["done", "failed"] {
            for name in try root[SpoolDirectory(rawValue: place) ?? .done].entries() {
                try root[SpoolDirectory(rawValue: place) ?? .done].setModified(
                    name, to: Int(sandbox.time.now.secondsSince1970) - (place == "done" ? 100 : 10))
            }
        }
        #expect(
            try await apply(policy { $0.jobFiles = .seconds(50) }) == ["age done/0.json"])
        #expect(try sandbox.list("done") == [])
        #expect(try await apply(policy { $0.jobFiles = .seconds(5) }) == ["age failed/1.json"])
        #expect(try sandbox.list("failed") == ["no-receipt.json"])
        #expect(try sessions() == ids.map(\.description))
    }

    /// The same name again and again: each receipt is marked with its own session's end.
    @Test func receiptsOfOneNameAreToldApart() async throws {
        for number in 0..<12 {
            let name: FileName = number % 3 == 2 ? "a~2.json" : "a.json"
            try await sandbox.ended(name)
            sandbox.time.advance(by: .seconds(3600))
        }
        try await apply(policy { $0.count = 5 })
        let kept = Set(try sessions())
        let receipts = try sandbox.list("done").filter { $0.hasSuffix(".receipt") }
        #expect(receipts.count == 12 && kept.count == 5)
        for name in receipts {
            let receipt = try sandbox.receipt("done/\(name)")
            let session = try #require(receipt.session?.description)
            #expect(kept.contains(session) == (receipt.removed == nil), "\(name)")
        }
    }

    /// A crash after the rename, in the middle of the removal.
    @Test func anInterruptedRemovalIsFinished() async throws {
        let ids = try await jobs(2)
        try sandbox.make("outputs/.trash")
        try sandbox.move("outputs/\(ids[0])", to: "outputs/.trash/\(ids[0])")
        try sandbox.move(
            "outputs/\(ids[1])/video_clips", to: "outputs/.trash/\(ids[1]).video_clips")
        #expect(
            try await apply(RetentionPolicy()) == [
                "leftover outputs/.trash/\(ids[0])",
                "leftover outputs/.trash/\(ids[1]).video_clips",
            ])
        #expect(try sandbox.list("outputs/.trash") == [])
        #expect(try sandbox.receipt("done/0.json.receipt").removed == sandbox.time.now)
        #expect(try sandbox.receipt("failed/1.json.receipt").removed == nil)
    }

    @Test func onlyOneIsAtItAtATime() async throws {
        _ = try await jobs(1)
        let lock = try FileLock.take("gc.lock", in: root[.state]).get()
        let held = try await Retention(
            root: root, policy: policy { $0.count = 0 },
            identity: JobIdentity(root: root, window: .seconds(1)), report: { _ in },
            complain: { _ in }
        ).run(Ages(at: ClockReading(wall: sandbox.time.now, moment: nil)))
        #expect(held != nil)
        #expect(try sessions().count == 1)
        withExtendedLifetime(lock) {}
    }

    /// It can be called off between any two batches, and is gone on with later.
    @Test func itPausesBetweenBatchesAndCanBeCalledOff() async throws {
        for number in 0..<70 {
            let id = SessionID(at: number, JobHandle(0))
            var record = SessionRecord(
                session: id, job: "\(number).json", header: JobHeader(pipeline: "copy"),
                arrived: sandbox.time.now, claimed: sandbox.time.now)
            record.outcome = .init(state: .failed, finished: sandbox.time.now)
            let text = try RecordFile.encode(record, subject: "a record")
            try sandbox.write(
                String(decoding: text, as: UTF8.self),
                to: "outputs/\(id)/metadata/session.json")
        }
        let pauses = Mutex(0)
        let retention = Retention(
            root: root, policy: policy { $0.count = 0 },
            identity: JobIdentity(root: root, window: .seconds(1)), report: { _ in },
            complain: { _ in },
            pause: {
                let count = pauses.withLock { count in
                    count += 1
                    return count
                }
                // Two while they are put in order, two while they go.
                if count == 4 { throw CancellationError() }
            })
        let now = sandbox.time.now
        let error = await #expect(throws: Failure.self) {
            try await retention.run(Ages(at: ClockReading(wall: now, moment: nil)))
        }
        #expect(error?.kind == .cancelled)
        #expect(try sessions().count == 6)
        try await apply(policy { $0.count = 0 })
        #expect(try sessions().isEmpty)
    }
}

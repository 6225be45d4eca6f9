import Core
import Resilience
import Spool
import TestSupport
import Testing

@testable import Pipeline

@Suite struct ProviderBoardTests {
    private let sandbox: SpoolSandbox
    private let log = RecordingLog()

    init() throws { sandbox = try SpoolSandbox() }

    private func board(_ policy: ProviderPolicy = ProviderPolicy()) -> ProviderBoard {
        let time = sandbox.time
        return ProviderBoard(
            ProviderPolicies(policy), log: log, root: sandbox.root, now: { time.steady },
            wall: { time.now }, random: { 0.5 })
    }

    private func call(
        _ board: ProviderBoard, _ provider: String = "p"
    ) throws -> ProviderGate.Call {
        guard case .go(let call) = board.enter(provider, within: .seconds(1)) else {
            throw Refusal()
        }
        return call
    }

    private struct Refusal: Error {}

    private func failure(_ kind: Failure.Kind) -> Failure {
        Failure(kind, code: "test", operation: "do", subject: "it", cause: "it is broken")
    }

    private func trip(_ board: ProviderBoard) throws {
        for _ in 0..<5 {
            board.leave(try call(board), of: "p", failure: failure(.unavailable))
        }
    }

    @Test func tellsOfEachChangeOfState() throws {
        let board = board(
            ProviderPolicy(breaker: BreakerSettings(openFor: .seconds(9), successes: 1)))
        try trip(board)
        #expect(
            log.events(.breakerOpened).map(\.message) == [
                "Provider p is left alone for 9.0 s: it failed too often in a row; the last failure: it: it is broken."
            ])
        #expect(log.events[0].fields[.state] == "open" && log.events[0].fields[.error] == "test")
        #expect(throws: Refusal.self) { try call(board) }
        // Who is refused is told what was wrong, as the first was.
        #expect(board.look(at: "p")?.last?.text == "it: it is broken")
        sandbox.time.advance(by: .seconds(9))
        board.leave(try call(board), of: "p", failure: nil)
        #expect(
            log.events.map(\.kind) == [.breakerOpened, .breakerHalfOpen, .breakerClosed])
        let asked: [(BreakerRequest.Verb, EventKind)] = [
            (.open, .breakerForcedOpen), (.disable, .breakerDisabled),
            (.metrics, .breakerMeasuring), (.enable, .breakerEnabled), (.reset, .breakerReset),
        ]
        for (verb, kind) in asked {
            #expect(board.operate(verb, on: "p", by: "alice"))
            #expect(log.events.last?.kind == kind)
            #expect(log.events.last?.message.hasSuffix(": alice asked for it.") == true)
            #expect(verb == .reset || !board.operate(verb, on: "p", by: "alice"))
        }
    }

    @Test func whatCountsIsForThePolicyToSay() throws {
        for kind in [Failure.Kind.transient, .permanent, .cancelled] {
            let board = board()
            for _ in 0..<20 { board.leave(try call(board), of: "p", failure: failure(kind)) }
        }
        let timeouts = board(ProviderPolicy(counted: FailurePattern(codes: ["test"])))
        for _ in 0..<20 {
            timeouts.leave(try call(timeouts), of: "p", failure: failure(.cancelled))
        }
        #expect(log.events.isEmpty)
        for _ in 0..<5 {
            timeouts.leave(try call(timeouts), of: "p", failure: failure(.transient))
        }
        #expect(log.events.map(\.kind) == [.breakerOpened])
    }

    @Test func anotherBoardGoesOnFromWhatWasSaved() throws {
        let first = board()
        try trip(first)
        first.count("clip-07", of: "video", nil, took: .seconds(2))
        first.count("clip-08", of: "video", failure(.transient), took: .seconds(2))
        first.save(durably: false)
        #expect(!first.isChanged)
        let second = board()
        second.restore()
        #expect(throws: Refusal.self) { try call(second) }
        sandbox.time.advance(by: .seconds(60))
        _ = try call(second)
        let record = try #require(try ProviderRecord.read(in: sandbox.root))
        #expect(record.providers["p"]?.statistics.attempts == 5, "one is not back")
        #expect(record.steps["video/clip"]?.finished == 1)
        #expect(record.steps["video/clip"]?.failed == 1)
        #expect(record.steps.count == 1)
    }

    private static let damages = [
        "", "{", "[]", "{}",
        #"{"format": 2, "saved": "2026-01-01T00:00:00Z", "providers": {}, "steps": {}}"#,
    ]

    @Test(arguments: damages) func aDamagedRecordIsSetAside(_ text: String) throws {
        try sandbox.write(text, to: "state/providers.json")
        let board = board()
        board.restore()
        #expect(log.events.map(\.kind) == [.providerStateDamaged])
        #expect(sandbox.text("state/providers.json.damaged") == text)
        #expect(try ProviderRecord.read(in: sandbox.root) == nil)
        board.leave(try call(board), of: "p", failure: nil)
        board.save(durably: true)
        #expect(try ProviderRecord.read(in: sandbox.root)?.providers.count == 1)
    }

    /// Counting on from such a number would end the process.
    @Test(arguments: ["\"admitted\" : 5", "\"attempts\" : 5", "\"trips\" : 1"])
    func aNumberNobodyWritesIsDamage(_ field: String) throws {
        let first = board()
        try trip(first)
        let text = try #require(sandbox.text("state/providers.json"))
        let name = try #require(field.split(separator: " ").first)
        let changed = text.replacing(field, with: "\(name) : \(Int.max)")
        #expect(changed != text)
        try sandbox.write(changed, to: "state/providers.json")
        let second = board()
        second.restore()
        #expect(log.events.last?.kind == .providerStateDamaged)
        try trip(second)
    }

    @Test func adoptsPoliciesWithoutForgettingWhatItKnows() throws {
        let board = board()
        try trip(board)
        var policy = ProviderPolicy(breaker: BreakerSettings(openLimit: .seconds(5)))
        policy.breaker.openFor = .seconds(5)
        board.adopt(ProviderPolicies(policy))
        #expect(throws: Refusal.self) { try call(board) }
        sandbox.time.advance(by: .seconds(5))
        _ = try call(board)
    }

    @Test func whoWaitsForASlotGetsItWhenItIsFree() async throws {
        let board = board(ProviderPolicy(bulkhead: .init(limit: 1, queue: 2)))
        let first = try call(board)
        guard case .wait(let ticket) = board.enter("p", within: .zero) else { throw Refusal() }
        async let waited = board.wait(for: ticket, of: "p", atMost: nil, sleep: { _ in })
        board.leave(first, of: "p", failure: nil)
        let pending = try #require(try await waited)
        guard case .go(let second) = board.proceed(pending, of: "p", within: .zero) else {
            throw Refusal()
        }
        #expect(board.state.withLock { $0.gates["p"]?.bulkhead.running } == 1)
        board.leave(second, of: "p", failure: nil)
        #expect(board.state.withLock { $0.gates["p"]?.bulkhead.running } == 0)
        #expect(board.state.withLock { $0.waiters["p"]?.isEmpty != false })
    }

    @Test(arguments: [true, false]) func whoWaitsTooLongOrIsCancelledGivesItsPlaceUp(
        _ isCancelled: Bool
    ) async throws {
        let board = board(ProviderPolicy(bulkhead: .init(limit: 1, queue: 1)))
        let first = try call(board)
        guard case .wait(let ticket) = board.enter("p", within: .zero) else { throw Refusal() }
        let task = Task {
            try await board.wait(
                for: ticket, of: "p", atMost: isCancelled ? nil : .seconds(1), sleep: { _ in })
        }
        if isCancelled {
            task.cancel()
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        } else {
            #expect(try await task.value == nil)
        }
        guard case .wait(let other) = board.enter("p", within: .zero) else { throw Refusal() }
        board.leave(first, of: "p", failure: nil)
        #expect(try await board.wait(for: other, of: "p", atMost: nil, sleep: { _ in }) != nil)
    }

    /// The timer may run before the one who waits is in his place, and must find him all the same.
    @Test func aTimeThatIsUpAtOnceIsNotLost() async throws {
        let board = board(ProviderPolicy(bulkhead: .init(limit: 1, queue: 1)))
        let first = try call(board)
        for _ in 0..<2000 {
            guard case .wait(let ticket) = board.enter("p", within: .zero) else { throw Refusal() }
            let pending = try await board.wait(
                for: ticket, of: "p", atMost: .zero, sleep: { _ in })
            #expect(pending == nil)
        }
        board.leave(first, of: "p", failure: nil)
    }

    @Test func stepsAreCountedByTheirKind() {
        #expect(StepStatistics.kind(of: "clip-07", in: "video") == "video/clip")
        #expect(StepStatistics.kind(of: "final", in: "video") == "video/final")
        #expect(StepStatistics.kind(of: "mp4", in: "own") == "own/mp4")
        #expect(StepStatistics.kind(of: "7", in: "own") == "own/7")
    }
}

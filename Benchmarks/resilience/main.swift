import CAllocations
import Glibc
import Resilience

// What it costs to decide whether to call a provider and to learn from the call. See
// Benchmarks/resilience.md.

/// Calls in a batch, and batches of each subject; the first ones only warm up.
let batch = 1000
let rounds = CommandLine.arguments.contains("--quick") ? 200 : 2000
let warmUp = 50

/// One subject: what is done `batch` times, at a time that goes on by 10 ms each, or by
/// 1 s for the whole gate, so that a day's limit is not used up.
struct Subject {
    let name: String
    let work: () -> Int
    var nanoseconds: [Double] = []
    var allocations: UInt = 0

    init(_ name: String, _ work: @escaping () -> Int) {
        self.name = name
        self.work = work
    }
}

func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Admission and record, the n-th call failing if `fails` says so.
func breakerSubject(
    _ name: String, _ settings: BreakerSettings, prepare: (inout CircuitBreaker) -> Void = { _ in },
    fails: @escaping (Int) -> Bool = { _ in false }
) -> Subject {
    var breaker = CircuitBreaker(settings)
    prepare(&breaker)
    var now = Duration.seconds(1000)
    return Subject(name) {
        var done = 0
        for call in 0..<batch {
            now += .milliseconds(10)
            guard case .allowed(let permit) = breaker.admit(now: now).admission else { continue }
            let outcome: CircuitBreaker.Outcome = fails(call) ? .failure : .success
            _ = breaker.record(permit, outcome: outcome, now: now)
            done += 1
        }
        return done
    }
}

func trip(_ breaker: inout CircuitBreaker, at now: Duration) {
    guard case .allowed(let permit) = breaker.admit(now: now).admission else { return }
    _ = breaker.record(permit, outcome: .failure, now: now)
}

func gateSubject(_ name: String, _ policy: ProviderPolicy) -> Subject {
    var gate = ProviderGate(policy)
    var now = Duration.seconds(1000)
    return Subject(name) {
        var done = 0
        for _ in 0..<batch {
            now += .seconds(1)
            guard case .go(let call) = gate.enter(now: now).entry else { continue }
            _ = gate.leave(call, outcome: .success, now: now + .milliseconds(3))
            _ = gate.nextWoken()
            done += 1
        }
        return done
    }
}

let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
pthread_mutex_init(lock, nil)
let counter = UnsafeMutablePointer<Int>.allocate(capacity: 1)
counter.initialize(to: 0)

var subjects = [
    Subject("lock and increment") {
        for _ in 0..<batch {
            pthread_mutex_lock(lock)
            counter.pointee += 1
            pthread_mutex_unlock(lock)
        }
        return batch
    },
    breakerSubject("closed, window of time", BreakerSettings()),
    breakerSubject(
        "closed, one in five fails", BreakerSettings(slowRate: 0.9), fails: { $0 % 5 == 0 }),
    breakerSubject("closed, window of calls", BreakerSettings(window: .calls(100))),
    breakerSubject(
        "half open, probe and record",
        BreakerSettings(consecutiveFailures: 1, openFor: .zero, successes: .max),
        prepare: { trip(&$0, at: .zero) }),
    breakerSubject(
        "open, refused",
        BreakerSettings(
            consecutiveFailures: 1, openFor: .seconds(1 << 30), openLimit: .seconds(1 << 30)),
        prepare: { trip(&$0, at: .seconds(999)) }),
    gateSubject("whole gate, no limits", ProviderPolicy()),
    gateSubject(
        "whole gate, all limits",
        ProviderPolicy(
            bulkhead: .init(limit: 4, queue: 100),
            rate: .init(perSecond: 1000, perMinute: 50_000, perDay: 100_000, maxWait: .zero))),
]

var checksum = 0
for round in 0..<rounds + warmUp {
    for index in subjects.indices {
        let allocations = reeld_allocations()
        let start = nanoseconds()
        checksum &+= subjects[index].work()
        let took = Double(nanoseconds() - start) / Double(batch)
        let asked = reeld_allocations() - allocations
        guard round >= warmUp else { continue }
        subjects[index].allocations += asked
        subjects[index].nanoseconds.append(took)
    }
}

func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(width - text.count, 0))
}
func rounded(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

let reference = median(subjects[0].nanoseconds)
print(padded("", 32), padded("ns/call", 9), padded("p99", 9), padded("ratio", 7), "allocations")
for subject in subjects {
    let middle = median(subject.nanoseconds)
    let late = subject.nanoseconds.sorted()[subject.nanoseconds.count * 99 / 100]
    print(
        padded(subject.name, 32), padded(rounded(middle), 9), padded(rounded(late), 9),
        padded(rounded(middle / reference), 7), subject.allocations)
}
print("\(rounds) batches of \(batch) calls each, in turn; checksum \(checksum)")
// Deciding is to cost under 1 µs and no memory.
let slow = subjects.filter { median($0.nanoseconds) >= 1000 || $0.allocations > 0 }
for subject in slow { print("TOO MUCH: \(subject.name)") }
exit(slow.isEmpty ? 0 : 1)

import Glibc

/// The life of a child as a value: what happens to it goes in, what to do about it comes out.
///
/// Times are counted from the child's start. After `.bury` no action signals the child any more, since
/// its pid and the id of its group may then belong to others.
struct ChildProcessLife: Sendable {
    enum Event: Hashable, Sendable {
        /// The time asked for by `.wake` may have come; a stale or early wake does no harm.
        case clock
        case cancelled
        /// It did what it may not, and is to end at once.
        case condemned(ChildProcess.Cause)
        /// The inspection asked for by `.inspect` is over, and there was nothing wrong.
        case inspected
        /// The leader is a zombie, and its pid is still ours.
        case leaderEnded
        /// All zombies it left were reaped; `remaining` when others still live.
        case buried(remaining: Bool)
    }

    enum Action: Hashable, Sendable {
        /// Send a signal to the group.
        case signal(Int32)
        /// Send `.clock` then.
        case wake(at: Duration)
        /// Look whether it may go on; then send `.inspected` or `.condemned`.
        case inspect
        /// Reap the leader, end and reap those who became our children; then send `.buried`.
        case bury
        /// Tell whoever waits.
        case finish
    }

    private enum State: Hashable, Sendable {
        case running
        case terminating(killAt: Duration)
        case killed
        case burying(until: Duration)
        case over
    }

    /// How long to wait for killed members of the group: one in uninterruptible sleep may outlive any
    /// patience, and it must not keep the caller from the result.
    static let patience = Duration.seconds(5)
    /// How often to look at them meanwhile; nothing announces the end of a group.
    static let pause = Duration.milliseconds(2)

    /// The longest time between two inspections: what a disk takes in it bounds the excess.
    static let longestInterval = Duration.seconds(2)
    /// Inspections take no more than this share of the time.
    static let inspectionShare = 20

    /// Why it was told to end, if it was: the first cause there was.
    private(set) var cause: ChildProcess.Cause?
    private var state = State.running
    private let timeout: Duration
    private let grace: Duration
    /// The time from one inspection to the next.
    private var interval: Duration
    /// When to look next; nil while somebody looks, or if nobody does.
    private var nextInspection: Duration?
    private var inspectedSince: Duration = .zero

    /// - Parameter firstInspection: when to look for the first time; nil for never.
    init(timeout: Duration, grace: Duration, firstInspection: Duration? = nil) {
        self.timeout = timeout
        self.grace = grace
        interval = firstInspection ?? .zero
        nextInspection = firstInspection
    }

    mutating func handle(_ event: Event, now: Duration) -> [Action] {
        switch (state, event) {
        case (.running, .clock):
            now < timeout ? wait(until: timeout, now: now) : terminate(.timeout, now: now)
        case (.running, .cancelled):
            terminate(.cancellation, now: now)
        case (.terminating(let killAt), .clock):
            now < killAt ? wait(until: killAt, now: now) : kill()
        case (.running, .inspected):
            wait(until: timeout, now: now, inspected: true)
        case (.terminating(let killAt), .inspected):
            wait(until: killAt, now: now, inspected: true)
        case (.running, .condemned(let cause)), (.terminating, .condemned(let cause)):
            kill(cause)
        case (.running, .leaderEnded), (.terminating, .leaderEnded), (.killed, .leaderEnded):
            bury(now: now)
        case (.burying(let until), .buried(let remaining)):
            remaining && now < until ? [.wake(at: now + Self.pause)] : finish()
        case (.burying, .clock):
            [.bury]
        default:
            []
        }
    }

    /// Waits for what is to come next, an inspection or the end.
    private mutating func wait(
        until end: Duration, now: Duration, inspected: Bool = false
    ) -> [Action] {
        if inspected {
            interval = min(interval * 2, Self.longestInterval)
            nextInspection =
                now + max(interval, (now - inspectedSince) * Self.inspectionShare)
        }
        guard let next = nextInspection else { return [.wake(at: end)] }
        guard now >= next else { return [.wake(at: min(end, next))] }
        nextInspection = nil
        inspectedSince = now
        return [.inspect, .wake(at: end)]
    }

    private mutating func terminate(_ cause: ChildProcess.Cause, now: Duration) -> [Action] {
        self.cause = cause
        state = .terminating(killAt: now + grace)
        // A stopped process acts on SIGTERM only once it continues.
        return [.signal(SIGTERM), .signal(SIGCONT)] + wait(until: now + grace, now: now)
    }

    private mutating func kill(_ cause: ChildProcess.Cause? = nil) -> [Action] {
        self.cause = self.cause ?? cause
        state = .killed
        return [.signal(SIGKILL)]
    }

    private mutating func bury(now: Duration) -> [Action] {
        state = .burying(until: now + Self.patience)
        // The unreaped leader keeps the id of the group from being used again.
        return [.signal(SIGKILL), .bury]
    }

    private mutating func finish() -> [Action] {
        state = .over
        return [.finish]
    }
}

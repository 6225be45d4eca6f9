import Glibc

/// The life of a child as a value: what happens to it goes in, what to do about it comes out.
///
/// Times are counted from the child's start. After `.bury` no action signals the child any more, since
/// its pid and the id of its group may then belong to others.
struct ChildProcessLife: Sendable {
    /// Why a child was told to end.
    enum Cause: Hashable, Sendable { case timeout, cancellation }

    enum Event: Hashable, Sendable {
        /// The time asked for by `.wake` may have come; a stale or early wake does no harm.
        case clock
        case cancelled
        /// The leader is a zombie, and its pid is still ours.
        case leaderEnded
        /// All zombies of the group were reaped; `remaining` when others still live.
        case buried(remaining: Bool)
    }

    enum Action: Hashable, Sendable {
        /// Send a signal to the group.
        case signal(Int32)
        /// Send `.clock` then.
        case wake(at: Duration)
        /// Reap the leader, and those of its group who became our children; then send `.buried`.
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

    /// Why it was told to end, if it was: the first cause there was.
    private(set) var cause: Cause?
    private var state = State.running
    private let timeout: Duration
    private let grace: Duration

    init(timeout: Duration, grace: Duration) {
        self.timeout = timeout
        self.grace = grace
    }

    mutating func handle(_ event: Event, now: Duration) -> [Action] {
        switch (state, event) {
        case (.running, .clock):
            now < timeout ? [.wake(at: timeout)] : terminate(.timeout, now: now)
        case (.running, .cancelled):
            terminate(.cancellation, now: now)
        case (.terminating(let killAt), .clock):
            now < killAt ? [.wake(at: killAt)] : kill()
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

    private mutating func terminate(_ cause: Cause, now: Duration) -> [Action] {
        self.cause = cause
        state = .terminating(killAt: now + grace)
        // A stopped process acts on SIGTERM only once it continues.
        return [.signal(SIGTERM), .signal(SIGCONT), .wake(at: now + grace)]
    }

    private mutating func kill() -> [Action] {
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

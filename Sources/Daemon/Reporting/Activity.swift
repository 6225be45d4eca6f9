import Core
import Linux
import Synchronization

/// Passes events on to the log, and keeps from them what the daemon says of itself: which steps
/// are running, and how many jobs ended how.
///
/// A condition of the whole file system, which every job and every record meets, passes once: the rest
/// of those complaints is for who wants to know all (`debug`), until somebody says that it is over.
final class Activity: EventLog {
    /// The figures, since the start.
    struct Figures: Hashable, Sendable {
        /// The running steps, in the order they began.
        var running: [RunningStep] = []
        /// How many jobs ended well.
        var done = 0
        /// How many failed.
        var failed = 0
        /// How many files were no jobs.
        var rejected = 0
    }

    /// A step at work.
    struct RunningStep: Hashable, Sendable {
        var session: String
        var job: String
        var step: String
        /// When it began.
        var since: Timestamp
    }

    private struct State {
        var figures = Figures()
        var minimum: Event.Priority
        /// The codes of the conditions that were told.
        var told: Set<String> = []

        /// Whether the event says only what was told.
        mutating func isTold(_ event: Event) -> Bool {
            guard event.kind == .spoolProblem, let code = event.fields[.error],
                Failure.isOfTheFileSystem(code)
            else { return false }
            return !told.insert(code).inserted
        }
    }

    private let sink: any EventLog
    private let state: Mutex<State>
    private let changed: @Sendable () -> Void

    /// Passes events of at least `minimum` urgency to `sink`; calls `changed` when the figures do.
    init(
        sink: any EventLog, minimum: Event.Priority, changed: @escaping @Sendable () -> Void
    ) {
        self.sink = sink
        state = Mutex(State(minimum: minimum))
        self.changed = changed
    }

    var figures: Figures { state.withLock { $0.figures } }

    /// Whether a condition of the file system was told that is not over, as far as is known.
    var isTroubled: Bool { state.withLock { !$0.told.isEmpty } }

    /// The file system is as it should be: what is wrong from now on is told.
    func troubleIsOver() { state.withLock { $0.told = [] } }

    /// Changes which events are passed on.
    func pass(_ minimum: Event.Priority) { state.withLock { $0.minimum = minimum } }

    func record(_ event: Event) {
        var event = event
        let now = Timestamp.now
        let (passes, isChanged) = state.withLock { state in
            let before = (state.figures, state.told)
            state.figures.note(event, at: now)
            if state.isTold(event) { event.priority = .debug }
            return (event.priority <= state.minimum, (state.figures, state.told) != before)
        }
        if passes { sink.record(event) }
        if isChanged { changed() }
    }
}

extension Activity.Figures {
    fileprivate mutating func note(_ event: Event, at now: Timestamp) {
        switch event.kind {
        case .jobDone: done += 1
        case .jobFailed: failed += 1
        case .jobRejected: rejected += 1
        case .stepStarted:
            running.append(
                Activity.RunningStep(
                    session: event.fields[.session] ?? "", job: event.fields[.job] ?? "",
                    step: event.fields[.step] ?? "", since: now))
        case .stepFinished, .stepFailed:
            running.removeAll {
                $0.session == event.fields[.session] && $0.step == event.fields[.step]
            }
        default: break
        }
        switch event.kind {
        case .jobDone, .jobFailed, .jobDeferred, .jobCheckpointed:
            running.removeAll { $0.session == event.fields[.session] }
        default: break
        }
    }
}

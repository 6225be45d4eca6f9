import CLinux
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Performs what `ChildProcessLife` decides for one running child, on a thread that waits for what
/// happens to it. Only what others have to say comes from other threads.
///
/// With poll(2), not with Dispatch sources: one of these that is cancelled while its descriptor hangs up
/// makes Dispatch use what it has freed.
final class ChildProcessSupervisor: Sendable {
    /// How long after its end an orphan without an environment may be one that is about to get it.
    private static let hesitation = Duration.milliseconds(250)

    private let run: ChildProcessOrphans.Run
    private let start = ContinuousClock.now
    private let inspection: (@Sendable () -> Bool)?
    private let log: ChildProcessLog
    private let birth: ChildProcessLife
    /// Readable when the leader has ended; see pidfd_open(2).
    private let exit: OwnedFile
    /// Readable when there are messages; see eventfd(2).
    private let bell: OwnedFile
    private let messages = Mutex<[ChildProcessLife.Event]>([])

    /// Starts the child.
    init(_ command: ChildProcess.Command) throws(SystemError) {
        try ChildProcessSpawn.validate(command)
        let pipe = try PipeEnds()
        let streams = try ChildProcessStreams(command, error: pipe.writer)
        log = try ChildProcessLog(command, reader: pipe.reader)
        let number = clinux_eventfd()
        guard number >= 0 else { throw SystemError("eventfd", command.executable) }
        bell = try OwnedFile(adopting: number)
        run = ChildProcessOrphans.begin(command)
        let pid: pid_t
        do throws(SystemError) { pid = try ChildProcessSpawn.spawn(command, streams) } catch {
            _ = ChildProcessOrphans.finish(run)
            throw error
        }
        ChildProcessOrphans.lead(run, by: pid)
        do throws(SystemError) {
            let file = clinux_pidfd_open(pid)
            guard file >= 0 else { throw SystemError("pidfd_open", command.executable) }
            exit = try OwnedFile(adopting: file)
        } catch {
            ChildProcessOrphans.signal(run, SIGKILL)
            _ = ChildProcessOrphans.reapLeader(of: run)
            _ = ChildProcessOrphans.finish(run)
            throw error
        }
        inspection = command.inspection
        birth = ChildProcessLife(
            timeout: command.timeout, grace: command.grace,
            firstInspection: command.inspection.map { _ in ChildProcess.firstInspection })
    }

    /// Begins to end the child.
    func cancel() { post(.cancelled) }

    /// Says something to the thread that waits.
    private func post(_ event: ChildProcessLife.Event) {
        messages.withLock { $0.append(event) }
        clinux_eventfd_ring(bell.number)
    }

    /// What the thread knows that waits.
    private struct Watch {
        var life: ChildProcessLife
        /// When to look at the clock.
        var alarm: Duration?
        var result: ChildProcess.Result?
        var hearsExit = true
        var hearsOutput = true
        var isOver = false
    }

    /// Waits for the end; called once, on a thread that may block as long as the child runs.
    func waitForEnd() -> ChildProcess.Result {
        var watch = Watch(life: birth)
        handle(.clock, &watch)
        while !watch.isOver { waitForEvents(&watch) }
        var result = watch.result ?? buryLeader(watch.life.cause)
        result.leftBehind = ChildProcessOrphans.finish(run)
        result.logFailure = log.finish()
        result.said = log.said
        return result
    }

    private func waitForEvents(_ watch: inout Watch) {
        // A negative descriptor is passed over.
        var files = [
            pollfd(fd: bell.number, events: Int16(POLLIN), revents: 0),
            pollfd(fd: watch.hearsExit ? exit.number : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: watch.hearsOutput ? log.input : -1, events: Int16(POLLIN), revents: 0),
        ]
        let now = start.duration(to: .now)
        let longest = Duration.seconds(86_400)
        var time = timespec(min(max(.zero, (watch.alarm ?? longest) - now), longest))
        // Interrupted, it comes again.
        guard ppoll(&files, 3, &time, nil) >= 0 else { return }
        if files[0].revents != 0 {
            clinux_eventfd_hush(bell.number)
            let events = messages.withLock { messages in
                let events = messages
                messages = []
                return events
            }
            for event in events { handle(event, &watch) }
        }
        if files[2].revents != 0 {
            switch log.read() {
            case .some: break
            case .end: watch.hearsOutput = false
            case .tooMuch: handle(.condemned(.output), &watch)
            }
        }
        if files[1].revents != 0 {
            watch.hearsExit = false
            handle(.leaderEnded, &watch)
        }
        if let alarm = watch.alarm, alarm <= start.duration(to: .now) {
            watch.alarm = nil
            handle(.clock, &watch)
        }
    }

    private func handle(_ event: ChildProcessLife.Event, _ watch: inout Watch) {
        var actions = watch.life.handle(event, now: start.duration(to: .now))[...]
        while let action = actions.popFirst() {
            guard let event = perform(action, &watch) else { continue }
            actions += watch.life.handle(event, now: start.duration(to: .now))
        }
    }

    private func perform(
        _ action: ChildProcessLife.Action, _ watch: inout Watch
    ) -> ChildProcessLife.Event? {
        switch action {
        case .signal(let signal):
            ChildProcessOrphans.signal(run, signal)
        case .wake(let time):
            watch.alarm = time
        case .inspect:
            DispatchQueue.global().async { self.inspect() }
        case .bury:
            if watch.result == nil { watch.result = buryLeader(watch.life.cause) }
            let patience = (watch.result?.elapsed ?? .zero) + Self.hesitation
            let hesitating = start.duration(to: .now) < patience
            return .buried(remaining: ChildProcessOrphans.sweep(hesitating: hesitating))
        case .finish:
            watch.isOver = true
        }
        return nil
    }

    private func inspect() {
        post(inspection?() ?? true ? .inspected : .condemned(.inspection))
    }

    private func buryLeader(_ cause: ChildProcess.Cause?) -> ChildProcess.Result {
        let ended = ChildProcessOrphans.reapLeader(of: run)
        return ChildProcess.Result(
            ending: ended.signalled != 0 ? .signalled(ended.status) : .exited(ended.status),
            cause: cause, elapsed: start.duration(to: .now),
            processorTime: Duration(ended.usage.ru_utime) + Duration(ended.usage.ru_stime),
            peakMemory: ended.usage.ru_maxrss * 1024)
    }
}

extension timespec {
    fileprivate init(_ time: Duration) {
        let parts = time.components
        self.init(
            tv_sec: Int(parts.seconds), tv_nsec: Int(parts.attoseconds / 1_000_000_000))
    }
}

extension Duration {
    fileprivate init(_ time: timeval) {
        self = .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }
}

import CLinux
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Performs what `ChildProcessLife` decides for one running child.
///
/// The events come from a pidfd, a timer and the cancelling task, on any thread; all are handled
/// under one lock, so that no signal is sent after the pid was given back.
final class ChildProcessSupervisor: Sendable {
    private struct State {
        var life: ChildProcessLife
        var result: ChildProcess.Result?
        var waiter: CheckedContinuation<ChildProcess.Result, Never>?
    }

    /// How long after its end an orphan without an environment may be one that is about to get it.
    private static let hesitation = Duration.milliseconds(250)

    private let run: ChildProcessOrphans.Run
    private let pid: pid_t
    private let start = ContinuousClock.now
    private let inspection: (@Sendable () -> Bool)?
    private let log: ChildProcessLog
    private let exit: any DispatchSourceRead
    private let output: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private let state: Mutex<State>

    /// Starts the child.
    init(_ command: ChildProcess.Command) throws(SystemError) {
        try ChildProcessSpawn.validate(command)
        let pipe = try PipeEnds()
        let streams = try ChildProcessStreams(command, error: pipe.writer)
        log = try ChildProcessLog(command, reader: pipe.reader)
        run = ChildProcessOrphans.begin(command)
        let pid: pid_t
        do throws(SystemError) { pid = try ChildProcessSpawn.spawn(command, streams) } catch {
            _ = ChildProcessOrphans.finish(run)
            throw error
        }
        ChildProcessOrphans.lead(run, by: pid)
        let file = clinux_pidfd_open(pid)
        guard file >= 0 else {
            let reason = errno
            kill(-pid, SIGKILL)
            _ = ChildProcessOrphans.reapLeader(of: run)
            _ = ChildProcessOrphans.finish(run)
            throw SystemError("pidfd_open", command.executable, errno: reason)
        }
        self.pid = pid
        inspection = command.inspection
        state = Mutex(
            State(
                life: .init(
                    timeout: command.timeout, grace: command.grace,
                    firstInspection: command.inspection.map { _ in ChildProcess.firstInspection })))
        // One for each child: writing to its log may have to wait for the disk.
        let queue = DispatchQueue(label: "reeld.child")
        exit = DispatchSource.makeReadSource(fileDescriptor: file, queue: queue)
        // Closing it earlier would let epoll report on whatever gets the number next.
        exit.setCancelHandler { close(file) }
        timer = DispatchSource.makeTimerSource(queue: queue)
        output = log.makeSource(queue)
    }

    /// Waits for the end; called once.
    func ended() async -> ChildProcess.Result {
        await withCheckedContinuation { waiter in
            // The handlers keep self alive until the sources are cancelled.
            exit.setEventHandler { self.handle(.leaderEnded) }
            timer.setEventHandler { self.handle(.clock) }
            output.setEventHandler { self.readOutput() }
            state.withLock { $0.waiter = waiter }
            handle(.clock)
            timer.activate()
            exit.activate()
            output.activate()
        }
    }

    /// Begins to end the child.
    func cancel() { handle(.cancelled) }

    private func readOutput() {
        switch log.read() {
        case .some: break
        case .end: output.cancel()
        case .tooMuch: handle(.condemned(.output))
        }
    }

    private func inspect() {
        // What was left behind and has ended meanwhile is reaped; there may be much of it.
        _ = ChildProcessOrphans.sweep(hesitating: false)
        handle(inspection?() ?? true ? .inspected : .condemned(.inspection))
    }

    private func handle(_ event: ChildProcessLife.Event) {
        state.withLock { state in
            var actions = state.life.handle(event, now: start.duration(to: .now))[...]
            while let action = actions.popFirst() {
                guard let event = perform(action, &state) else { continue }
                actions += state.life.handle(event, now: start.duration(to: .now))
            }
        }
    }

    private func perform(
        _ action: ChildProcessLife.Action, _ state: inout State
    ) -> ChildProcessLife.Event? {
        switch action {
        case .signal(let signal):
            kill(-pid, signal)
            // The leader may have joined another group of its session.
            if signal == SIGKILL { kill(pid, signal) }
        case .wake(let time):
            let wait = min(time - start.duration(to: .now), .seconds(86_400))
            timer.schedule(deadline: .now() + .nanoseconds(Int(wait / .nanoseconds(1))))
        case .inspect:
            DispatchQueue.global().async { self.inspect() }
        case .bury:
            if state.result == nil { state.result = buryLeader(state.life.cause) }
            let patience = (state.result?.elapsed ?? .zero) + Self.hesitation
            let hesitating = start.duration(to: .now) < patience
            return .buried(remaining: ChildProcessOrphans.sweep(hesitating: hesitating))
        case .finish:
            exit.cancel()
            timer.cancel()
            output.cancel()
            state.result?.leftBehind = ChildProcessOrphans.finish(run)
            state.result?.logFailure = log.finish()
            if let result = state.result { state.waiter?.resume(returning: result) }
        }
        return nil
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

extension Duration {
    fileprivate init(_ time: timeval) {
        self = .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }
}

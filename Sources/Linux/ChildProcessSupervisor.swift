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

    /// One queue for all children: handling an event takes a few system calls, and none of them waits.
    private static let queue = DispatchQueue(label: "reeld.children")

    private let pid: pid_t
    private let start = ContinuousClock.now
    private let exit: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private let state: Mutex<State>

    /// Starts the child.
    init(_ command: ChildProcess.Command) throws(SystemError) {
        let pid = try ChildProcessSpawn.spawn(command)
        let file = clinux_pidfd_open(pid)
        guard file >= 0 else {
            let reason = errno
            kill(-pid, SIGKILL)
            _ = ChildProcessReaper.leader(pid)
            throw SystemError("pidfd_open", command.executable, errno: reason)
        }
        self.pid = pid
        state = Mutex(State(life: .init(timeout: command.timeout, grace: command.grace)))
        exit = DispatchSource.makeReadSource(fileDescriptor: file, queue: Self.queue)
        // Closing it earlier would let epoll report on whatever gets the number next.
        exit.setCancelHandler { close(file) }
        timer = DispatchSource.makeTimerSource(queue: Self.queue)
    }

    /// Waits for the end; called once.
    func ended() async -> ChildProcess.Result {
        await withCheckedContinuation { waiter in
            // The handlers keep self alive until the sources are cancelled.
            exit.setEventHandler { self.handle(.leaderEnded) }
            timer.setEventHandler { self.handle(.clock) }
            state.withLock { $0.waiter = waiter }
            handle(.clock)
            timer.activate()
            exit.activate()
        }
    }

    /// Begins to end the child.
    func cancel() { handle(.cancelled) }

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
        case .bury:
            if state.result == nil { state.result = buryLeader(state.life.cause) }
            return .buried(remaining: ChildProcessReaper.members(ofGroup: pid))
        case .finish:
            exit.cancel()
            timer.cancel()
            if let result = state.result { state.waiter?.resume(returning: result) }
        }
        return nil
    }

    private func buryLeader(_ cause: ChildProcessLife.Cause?) -> ChildProcess.Result {
        let ended = ChildProcessReaper.leader(pid)
        return ChildProcess.Result(
            ending: ended.signalled != 0 ? .signalled(ended.status) : .exited(ended.status),
            timedOut: cause == .timeout, cancelled: cause == .cancellation,
            elapsed: start.duration(to: .now),
            processorTime: Duration(ended.usage.ru_utime) + Duration(ended.usage.ru_stime),
            peakMemory: ended.usage.ru_maxrss * 1024)
    }
}

extension Duration {
    fileprivate init(_ time: timeval) {
        self = .seconds(time.tv_sec) + .microseconds(time.tv_usec)
    }
}

import Core
import Glibc
import Linux
import Pipeline
import Spool
import Systemd

/// The daemon as a whole: from a configuration to an exit status.
public struct Daemon: Sendable {
    /// Reads the configuration: at the start, and again at each reload.
    private let reread: @Sendable () throws(Failure) -> Configuration

    /// Makes a daemon that is configured by what `reread` says.
    public init(reread: @escaping @Sendable () throws(Failure) -> Configuration) {
        self.reread = reread
    }

    /// Runs until it is told to stop. The exit status follows sysexits(3): 0 after an orderly
    /// stop, 78 (EX_CONFIG) for a configuration that cannot be used, 75 (EX_TEMPFAIL) when another
    /// daemon works under this root, or the root was replaced, 71 (EX_OSERR) when the system did not let it
    /// start.
    ///
    /// What is logged is written beside all else; at the end it is given a second to be read.
    public func run() async -> Int32 {
        Signals.ignoreHarmless()
        let log = EventSink.standard(minimum: .debug)
        let status = await run(log)
        log.finish(within: .seconds(1))
        return status
    }

    private func run(_ sink: any EventLog) async -> Int32 {
        func giveUp(_ failure: Failure, _ status: Int32) -> Int32 {
            sink.record(
                Event(.spoolProblem, "Not started: \(failure)", [.error: failure.code]))
            return status
        }

        let signals: AsyncStream<Int32>
        do throws(Failure) {
            signals = try converting("catch signals") {
                try Signals.stream(of: [SIGTERM, SIGINT, SIGHUP])
            }
        } catch {
            return giveUp(error, EX_OSERR)
        }
        do throws(SystemError) { try ChildProcess.checkKernel() } catch {
            return giveUp(error.failure("watch over"), EX_OSERR)
        }
        let configuration: Configuration
        do throws(Failure) { configuration = try reread() } catch {
            return giveUp(error, EX_CONFIG)
        }
        let root: SpoolRoot
        let lock: SpoolRoot.Lock
        do throws(Failure) {
            root = try Self.openRoot(configuration.root)
            switch try converting("lock", { try root.lock() }) {
            case .success(let own): lock = own
            case .failure(let held): return giveUp(Self.inUse(root, held), EX_TEMPFAIL)
            }
            try RootProbe(root: root).checkFitness()
        } catch {
            return giveUp(error, EX_OSERR)
        }
        sink.record(
            Event(
                .daemonStarted,
                "reeld \(reeldVersion) works under \(root.path) with \(configuration.jobs.parallel) jobs and \(configuration.steps.parallel) steps at a time."
            ))
        let worker = Worker(in: root)
        if let doubt = worker.doubt {
            sink.record(Event(.spoolProblem, "\(doubt)", [.error: doubt.code]))
        }
        var predecessors = Predecessors(of: root, name: worker.name, log: sink)
        predecessors.endLeftovers()
        clearCredentials(of: root, sink)
        closeOnceOpen(of: root, sink)
        do throws(SystemError) { try ChildProcess.adoptOrphans() } catch {
            let failure = error.failure("find what tools leave behind by")
            sink.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
        }
        predecessors.begin()
        let ending: Supervisor.Ending
        do throws(Failure) {
            ending = try await supervise(
                root, worker, toolMark: predecessors.toolMark, configuration, sink, signals)
        } catch {
            return giveUp(error, EX_OSERR)
        }
        predecessors.end()
        clearCredentials(of: root, sink)
        sink.record(Event(.daemonStopped, "Stopped."))
        withExtendedLifetime(lock) {}
        switch ending {
        case .stopped: return 0
        case .rootLost: return EX_TEMPFAIL
        }
    }

    private func supervise(
        _ root: SpoolRoot, _ worker: Worker, toolMark: String, _ configuration: Configuration,
        _ sink: any EventLog, _ signals: AsyncStream<Int32>
    ) async throws(Failure) -> Supervisor.Ending {
        let notifier = Notifier.fromEnvironment()
        let supervisor = Supervisor(
            root: root, worker: worker, toolMark: toolMark, configuration: configuration,
            sink: sink, notifier: notifier, reread: reread)
        let watchdog = Watchdog.requestedInterval().map {
            Watchdog(interval: $0, notifier: notifier, log: sink)
        }
        var pulses = Supervisor.Pulses()
        if let watchdog {
            let (loop, steps) = (
                watchdog.register("the supervisor"), watchdog.register("the steps")
            )
            pulses = Supervisor.Pulses(supervisor: { loop() }, steps: { steps() })
        }
        let watching = watchdog.map { watchdog in
            Task {
                async let running: Void = watchdog.run()
                while !Task.isCancelled {
                    supervisor.nudge()
                    try? await Task.sleep(for: watchdog.pulseInterval)
                }
                await running
            }
        }
        // A thread of its own: nobody's job or file may keep the loop from going round.
        let work = Task(executorPreference: BlockingExecutor(most: 1)) {
            [pulses] () async -> Result<Supervisor.Ending, Failure> in
            do throws(Failure) {
                return .success(try await supervisor.run(signals: signals, pulses: pulses))
            } catch {
                return .failure(error)
            }
        }
        let result = await work.value
        watching?.cancel()
        return try result.get()
    }

    private static func openRoot(_ path: String) throws(Failure) -> SpoolRoot {
        do throws(SystemError) { return try SpoolRoot(creating: path) } catch {
            if let failure = RootProbe.unfitness(by: error, of: path) { throw failure }
            var failure = error.failure("open the root")
            if let fault = PathFault(of: path, as: .root) {
                failure.cause += ": \(fault.cause)"
                failure.hint = fault.remedy
            }
            throw failure
        }
    }

    /// No tool runs, so what was handed out to one is not wanted any more.
    private func clearCredentials(of root: SpoolRoot, _ log: any EventLog) {
        do throws(Failure) {
            try CredentialStore(ofDaemonAt: root.directory.identity).clear()
        } catch {
            log.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
        }
    }

    /// A root of an earlier version let members of the group write where nobody but the daemon has to.
    private func closeOnceOpen(of root: SpoolRoot, _ log: any EventLog) {
        do throws(SystemError) {
            let closed = try root.closeOnceOpen()
            guard !closed.isEmpty else { return }
            let names = closed.map { "\($0.rawValue)/" }.joined(separator: ", ")
            log.record(
                Event(
                    .spoolProblem,
                    "Members of the group may not write in \(names) any more; 'reelctl' and files in control/ do what they did there.",
                    priority: .notice))
        } catch {
            let failure = error.failure("close to the group")
            log.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
        }
    }

    private static func inUse(_ root: SpoolRoot, _ held: FileLock.Held) -> Failure {
        if held.isShared {
            return Failure(
                .permanent, code: "root_in_use", operation: "work under", subject: root.path,
                cause:
                    "its state/lock is held, and has other names: it is the same file in a copy of the root by hard links",
                hint: "If no daemon works here but in the other one, remove \(root.path)/state/lock"
            )
        }
        // A number that a process of another container wrote is somebody else's here, and 1 is the whole
        // of this one.
        let pid = held.pid.flatMap { pid_t(exactly: $0) }.flatMap { pid in
            pid > 1 && ProcessTable.program(of: pid) == ProcessTable.program(of: getpid())
                ? pid : nil
        }
        return Failure(
            .permanent, code: "root_in_use", operation: "work under", subject: root.path,
            cause: "\(pid.map { "process \($0)" } ?? "another process") already does",
            hint: pid.map { "Stop it with 'kill \($0)', or use another --root" }
                ?? "Stop it where it was started, or use another --root")
    }
}

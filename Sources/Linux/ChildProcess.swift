import CLinux
import Glibc

/// A program run to its end as a child process, together with every process it leaves behind.
///
/// The child leads a process group of its own, with default signal dispositions, an empty signal
/// mask and no descriptors but its three streams. A thread waits for it, through a pidfd. What it says is kept in part only, however much it is. See posix_spawn(3), pidfd_open(2),
/// setpgid(2).
public enum ChildProcess {
    /// Throws if the kernel does not let programs be watched over as this takes: every job would fail by it.
    public static func checkKernel() throws(SystemError) {
        let file = clinux_pidfd_open(getpid())
        guard file >= 0 else { throw SystemError("pidfd_open", "programs") }
        close(file)
    }

    /// What to run, in which surroundings, and for how long.
    public struct Command: Sendable {
        /// The program's absolute path.
        public var executable: String
        /// The arguments, without the program's own name.
        public var arguments: [String]
        /// The whole environment: nothing is inherited.
        public var environment: [String: String]
        /// The directory it starts in.
        public var workingDirectory: String
        /// What it reads from its standard input, whether it wants to or not.
        public var standardInput: [UInt8]
        /// The path of a file to create for its standard output; nil to share `standardError`.
        public var standardOutput: String?
        /// The path of the log its standard error is appended to, created when missing; nil to have
        /// it in `Result.said`.
        public var standardError: String?
        /// The most bytes it and all it starts may take.
        public var limits = Limits()
        /// The name of a variable of `environment` whose value no other command has: its
        /// descendants are known by it where nothing else tells whose they are.
        public var mark: String?
        /// How the values of the marks of all commands of this process begin, and those of no other's.
        public var family = ""
        /// Asked now and then while it runs, for the first time after `firstInspection`, whether it
        /// may go on. May take its time, on a thread of its own.
        public var inspection: (@Sendable () -> Bool)?
        /// How long it may run before it is ended.
        public var timeout: Duration
        /// How long it may take to end by itself after SIGTERM, before SIGKILL.
        public var grace: Duration

        /// Makes a command.
        public init(
            _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
            workingDirectory: String, standardInput: [UInt8] = [], standardOutput: String? = nil,
            standardError: String?, timeout: Duration, grace: Duration
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.standardInput = standardInput
            self.standardOutput = standardOutput
            self.standardError = standardError
            self.timeout = timeout
            self.grace = grace
        }
    }

    /// What bounds the bytes a child makes.
    public struct Limits: Hashable, Sendable {
        /// How much of what goes to its log is kept there; half from its start, half from its end.
        public var log = 512 << 10
        /// How much it may write there before it is killed.
        public var output = Int.max
        /// How long a file may become that it or a descendant writes; see RLIMIT_FSIZE in
        /// getrlimit(2). What it starts in its first moments may not have the limit yet.
        public var file = Int.max

        /// Makes limits that bound the log only.
        public init() {}
    }

    /// How long a child runs before it is first inspected.
    public static let firstInspection = Duration.milliseconds(100)

    /// Why a child was told to end.
    public enum Cause: Hashable, Sendable {
        /// Its time was up.
        case timeout
        /// Its task was cancelled.
        case cancellation
        /// It wrote more than `Limits.output`.
        case output
        /// The inspection said no.
        case inspection
    }

    /// How a process ended, as waitid(2) tells it.
    public enum Ending: Hashable, Sendable {
        /// It called exit(3) with this status.
        case exited(Int32)
        /// This signal ended it.
        case signalled(Int32)
    }

    /// What became of a child.
    public struct Result: Hashable, Sendable {
        /// How its leader ended.
        public var ending: Ending
        /// Why it was told to end, if it was.
        public var cause: Cause?
        /// How many processes it left behind that had to be ended, as far as this process adopts
        /// them; see `adoptOrphans()`.
        public var leftBehind = 0
        /// What it said, shortened as a log is, if it has no log.
        public var said: [UInt8] = []
        /// Why its log is not complete, if it is not for another reason than its length.
        public var logFailure: SystemError?
        /// From its start to its end, on the wall.
        public var elapsed: Duration
        /// User and system time, its own and that of the children it waited for.
        public var processorTime: Duration
        /// The largest resident set among them, in bytes. See getrusage(2).
        public var peakMemory: Int

        /// It was told to end because its time was up.
        public var timedOut: Bool { cause == .timeout }
        /// It was told to end because its task was cancelled.
        public var cancelled: Bool { cause == .cancellation }
    }

    /// Makes this process the one to which descendants come whose parents have ended, so that they
    /// are found and ended with the child that brought them, whatever group or session they moved
    /// to. See PR_SET_CHILD_SUBREAPER(2const).
    ///
    /// Whatever else comes to it, as it does to the first process of a container or to one that was
    /// executed where others had been started before, is reaped at once when it has ended, and left
    /// alone until then.
    ///
    /// For a whole program to decide, once: all its orphans are reaped here from then on. Its main
    /// thread has to live on and to start no children.
    public static func adoptOrphans() throws(SystemError) { try ChildProcessOrphans.adopt() }

    /// What all that this process has started since `adoptOrphans()` is known by; nil before, and where
    /// there is no such thing.
    public static var lineage: Lineage? { ChildProcessOrphans.lineage }

    /// Runs a command and returns when it, and what it left in its process group, has ended.
    ///
    /// Cancelling the task ends the child the way a timeout does: SIGTERM to its group, SIGKILL after
    /// `grace`. A task cancelled beforehand starts nothing, and gets the result of a child ended at
    /// once. Processes that moved to another group or session are ended as well if this process
    /// adopts them; `ProcessTable` finds them anyhow.
    ///
    /// - Throws: what kept the child from starting; nothing is left running then.
    public static func run(_ command: Command) async throws(SystemError) -> Result {
        if Task.isCancelled {
            return Result(
                ending: .signalled(SIGTERM), cause: .cancellation, elapsed: .zero,
                processorTime: .zero, peakMemory: 0)
        }
        let child = try ChildProcessSupervisor(command)
        return await withTaskCancellationHandler {
            await BlockingExecutor.shared.lend { child.waitForEnd() }
        } onCancel: {
            child.cancel()
        }
    }
}

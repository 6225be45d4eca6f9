import Glibc

/// A program run to its end as a child process, together with every process it leaves in its group.
///
/// The child leads a process group of its own, with default signal dispositions, an empty signal
/// mask and no descriptors but its three streams. It is watched through a pidfd, so no thread waits
/// for it. See posix_spawn(3), pidfd_open(2), setpgid(2).
public enum ChildProcess {
    /// What to run, in which surroundings, and for how long.
    public struct Command: Hashable, Sendable {
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
        /// The path of the log its standard error is appended to, created when missing.
        public var standardError: String
        /// How long it may run before it is ended.
        public var timeout: Duration
        /// How long it may take to end by itself after SIGTERM, before SIGKILL.
        public var grace: Duration

        /// Makes a command.
        public init(
            _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
            workingDirectory: String, standardInput: [UInt8] = [], standardOutput: String? = nil,
            standardError: String, timeout: Duration, grace: Duration
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
        /// It was told to end because its time was up.
        public var timedOut: Bool
        /// It was told to end because its task was cancelled.
        public var cancelled: Bool
        /// From its start to its end, on the wall.
        public var elapsed: Duration
        /// User and system time, its own and that of the children it waited for.
        public var processorTime: Duration
        /// The largest resident set among them, in bytes. See getrusage(2).
        public var peakMemory: Int
    }

    /// Runs a command and returns when it, and what it left in its process group, has ended.
    ///
    /// Cancelling the task ends the child the way a timeout does: SIGTERM to its group, SIGKILL after
    /// `grace`. A task cancelled beforehand starts nothing, and gets the result of a child ended at
    /// once. Processes that moved to another group or session are not found here, but by
    /// `ProcessTable`.
    ///
    /// - Throws: what kept the child from starting; nothing is left running then.
    public static func run(_ command: Command) async throws(SystemError) -> Result {
        if Task.isCancelled {
            return Result(
                ending: .signalled(SIGTERM), timedOut: false, cancelled: true, elapsed: .zero,
                processorTime: .zero, peakMemory: 0)
        }
        let child = try ChildProcessSupervisor(command)
        return await withTaskCancellationHandler {
            await child.ended()
        } onCancel: {
            child.cancel()
        }
    }
}

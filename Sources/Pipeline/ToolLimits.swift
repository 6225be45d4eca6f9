import Core
import Glibc
import Linux

/// What tools may take, whatever they do.
public struct ToolLimits: Hashable, Sendable {
    /// The most bytes a session's directory may hold while its tools run.
    public var sessionBytes = 16 << 30
    /// The most files and directories.
    public var sessionFiles = 100_000
    /// How many bytes of what a tool says are kept in the step's log.
    public var log = 512 << 10
    /// How many bytes it may say before it is ended.
    public var output = 4 << 30

    /// The limits without any configuration.
    public init() {}

    /// What bounds one process. A single file of one byte more shows, when the session is looked
    /// at, that it was the limit that ended its writer.
    var ofProcess: ChildProcess.Limits {
        var limits = ChildProcess.Limits()
        limits.log = log
        limits.output = output
        limits.file = sessionBytes + 1
        return limits
    }

    /// What is in a directory of the session, if it is too much for the whole.
    func excess(in directory: Directory) -> DirectoryUsage? {
        // One that cannot be read tells nothing, and nothing will be taken from it either.
        guard let usage = try? directory.usage(stoppingAfter: sessionFiles) else { return nil }
        return usage.bytes > sessionBytes || usage.files > sessionFiles ? usage : nil
    }

    /// The failure of a tool that filled its session.
    func failure(of name: String, _ usage: DirectoryUsage) -> Failure {
        if usage.files > sessionFiles {
            return failure(
                of: name, "its session has more than the \(sessionFiles) files it may have",
                "jobs.max_session_files")
        }
        return failure(
            of: name,
            "its session has \(ByteCount(usage.bytes)) in \(usage.files) files, and may have \(ByteCount(sessionBytes))",
            "jobs.max_session_bytes")
    }

    /// The failure of a tool that SIGXFSZ ended, and that cleaned up before.
    func failureOfFileSize(of name: String) -> Failure {
        failure(
            of: name, "it wrote a file of more than \(ByteCount(sessionBytes))",
            "jobs.max_session_bytes")
    }

    /// The failure of a tool that talked too much.
    func failureOfOutput(of name: String) -> Failure {
        failure(
            of: name, "it said more than the \(ByteCount(output)) it may", "tools.output_limit")
    }

    private func failure(of name: String, _ cause: String, _ option: String) -> Failure {
        Failure(
            .permanent, code: "quota_exceeded", operation: "run", subject: name,
            cause: "\(cause) (\(option))",
            hint: "If it needs that much, raise \(option) in the configuration")
    }
}

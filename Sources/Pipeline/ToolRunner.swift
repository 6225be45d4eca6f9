import Core
import Glibc
import Linux
import Spool
import Synchronization

/// Runs tools: the one place where an invocation becomes a process.
public struct ToolRunner: Sendable {
    /// The directories programs are looked up in, in this order.
    public var searchPath: [String]
    /// How long a tool may take to end by itself when it is told to.
    public var grace: Duration
    /// The root's path, for tools to know.
    public var root: String
    /// What all tools of this daemon bear, and no others: by it they are found wherever they went, also
    /// by the next daemon, if this one is killed.
    public var mark: String
    /// What it may take.
    public var limits: ToolLimits
    /// What the operator has set for all tools.
    public var environment: [String: String]
    /// The secrets, of which each gets those that it names.
    public var credentials: CredentialStore
    /// Which files programs have said that they use.
    let answers = Answers()

    /// The variable that tells every tool the path of its root. It decides nothing.
    public static let rootVariable = "REELD_ROOT"
    /// The variable that marks what one run of a tool starts: the daemon's mark, a full stop, and what no
    /// other run has.
    public static let runVariable = "REELD_RUN"
    /// A log that has become so many times as long as what is kept of one tool is set aside, and
    /// what was set aside before is removed: a job may be tried for months.
    private static let longestLog = 16

    /// What a tool took that did as it should.
    public struct Run: Hashable, Sendable {
        /// How many processes it left behind, which were ended.
        public var leftBehind: Int
        /// User and system time, with that of those it waited for.
        public var processorTime: Duration
        /// The largest resident set among them, in bytes.
        public var peakMemory: Int
    }

    /// Makes a runner.
    public init(
        searchPath: [String], grace: Duration, root: String, mark: String,
        limits: ToolLimits = ToolLimits(), environment: [String: String] = [:],
        credentials: CredentialStore = CredentialStore(source: nil, place: "")
    ) {
        self.searchPath = searchPath
        self.grace = grace
        self.root = root
        self.mark = mark
        self.limits = limits
        self.environment = environment
        self.credentials = credentials
    }

    /// Runs a tool to its end in `work`, appending what it says to the file `log` of the session.
    /// Throws unless it exits with status 0 within `timeout` and `limits`. Returns how many
    /// processes it left behind, which were ended.
    @discardableResult
    public func run(
        _ tool: ToolInvocation, in work: Directory, session: Directory, log: String,
        timeout: Duration
    ) async throws(Failure) -> Run {
        let name = tool.program.split(separator: "/").last.map(String.init) ?? tool.program
        guard let executable = resolve(tool.program) else {
            throw notFound("run", name)
        }
        let handout = try credentials.handOut(tool.credentials)
        defer { handout?.remove() }
        let start = try converting("open the log of") {
            try announce(tool, executable, in: session, log: log)
        }
        var command = ChildProcess.Command(
            executable, tool.arguments, environment: environment(tool, work, handout),
            workingDirectory: work.path, standardInput: tool.standardInput,
            standardOutput: output(tool, in: work),
            standardError: "\(session.path)/\(log)", timeout: timeout, grace: grace)
        command.mark = Self.runVariable
        command.family = "\(mark)."
        command.limits = limits.ofProcess
        let excess = Excess()
        command.inspection = { [limits] in
            guard let usage = limits.excess(in: session) else { return true }
            excess.found.withLock { $0 = usage }
            return false
        }
        let result: ChildProcess.Result
        do throws(SystemError) {
            result = try await ChildProcess.run(command)
        } catch {
            throw Self.notStarted(name, executable, error)
        }
        if let failure = breach(of: name, result, excess, in: work, of: session) { throw failure }
        let failure = Self.failure(
            of: name, result, lastWords: { lastWords(in: session, log: log, from: start) },
            note: { FailureReport(in: work) })
        if let failure {
            // Few tools say so by their exit status.
            if failure.kind == .permanent || failure.kind == .transient,
                (try? work.room())?.isNone == true
            {
                throw SystemError("write", work.path, errno: ENOSPC).failure("run \(name) in")
            }
            throw tool.explained(
                failure, lastWords: { lastWords(in: session, log: log, from: start) })
        }
        if let error = result.logFailure { throw error.failure("keep what \(name) says in") }
        return Run(
            leftBehind: result.leftBehind, processorTime: result.processorTime,
            peakMemory: result.peakMemory)
    }

    /// What an inspection found.
    private final class Excess: Sendable {
        let found = Mutex<DirectoryUsage?>(nil)
    }

    /// Why a tool took more than it may, if it did, however it ended.
    private func breach(
        of name: String, _ result: ChildProcess.Result, _ excess: Excess, in work: Directory,
        of session: Directory
    ) -> Failure? {
        if result.cancelled { return nil }
        if result.cause == .output { return limits.failureOfOutput(of: name) }
        // One that ran but for a moment has hardly filled other places than its own.
        let place = result.elapsed < ChildProcess.firstInspection ? work : session
        if let usage = excess.found.withLock({ $0 }) ?? limits.excess(in: place) {
            return limits.failure(of: name, usage)
        }
        return result.ending == .signalled(SIGXFSZ) ? limits.failureOfFileSize(of: name) : nil
    }

    private func output(_ tool: ToolInvocation, in work: Directory) -> String? {
        guard case .file(let name) = tool.standardOutput else { return nil }
        return "\(work.path)/\(name)"
    }

    /// Where a program is: by its own path, or in one of the directories; nil if it is in none.
    public func resolve(_ program: String) -> String? {
        if program.hasPrefix("/") { return program }
        return searchPath.lazy.map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    private func environment(
        _ tool: ToolInvocation, _ work: Directory, _ handout: CredentialStore.Handout?
    ) -> [String: String] {
        var environment = [
            "PATH": searchPath.joined(separator: ":"), "LANG": "C.UTF-8", "HOME": work.path,
            "TMPDIR": work.path, Self.rootVariable: root,
        ]
        environment.merge(self.environment) { own, _ in own }
        environment.merge(tool.environment) { _, new in new }
        environment["CREDENTIALS_DIRECTORY"] = handout?.path
        environment[Self.runVariable] =
            "\(mark).\(String(UInt64.random(in: .min ... .max), radix: 36))"
        return environment
    }

    /// Writes a line about the run into the log; returns the log's length after it.
    private func announce(
        _ tool: ToolInvocation, _ executable: String, in session: Directory, log: String
    ) throws -> Int {
        _ = try Session.directory("logs", of: session)
        var file = try session.open(log, O_WRONLY | O_APPEND | O_CREAT)
        if try file.status().size > Self.longestLog * limits.log {
            let logs = try session.directory("logs")
            let name = FileName(String(log.dropFirst("logs/".count)))
            try logs.move(name, into: logs, replacing: "\(name.display).1")
            file = try session.open(log, O_WRONLY | O_APPEND | O_CREAT)
        }
        let line = ([executable] + tool.arguments).map { $0.utf8.escapedForDisplay }
            .joined(separator: " ")
        try file.write(Array("$ \(line)\n".utf8))
        return try file.status().size
    }

    /// The last line a tool wrote to its log, for a person to read.
    private func lastWords(in session: Directory, log: String, from start: Int) -> String? {
        guard let file = try? session.open(log, O_RDONLY), let size = try? file.status().size
        else { return nil }
        let reach = 2048
        let from = max(start, size - reach)
        var bytes = [UInt8](repeating: 0, count: reach)
        let count = pread(file.number, &bytes, reach, from)
        let line = bytes.prefix(max(0, count)).split(separator: UInt8(ascii: "\n"))
            .last { line in line.contains { $0 > 0x20 } }
        return line.map { String($0.suffix(300).escapedForDisplay) }
    }
}

extension ToolRunner {
    /// What the end of a process means: the one place where exit statuses get their meaning.
    ///
    /// 0 is success, 75 (EX_TEMPFAIL) transient, 69 (EX_UNAVAILABLE) unavailable, any other
    /// permanent; see sysexits(3). Death by a signal, such as the kernel's when memory is short,
    /// and running out of time are transient.
    static func failure(
        of name: String, _ result: ChildProcess.Result, lastWords: () -> String? = { nil },
        note: () -> FailureReport = { FailureReport() }
    ) -> Failure? {
        func failure(_ kind: Failure.Kind, _ code: String, _ cause: String) -> Failure {
            let left = result.leftBehind
            let note = note()
            let said =
                (left > 0 ? "; it left \(left) process\(left == 1 ? "" : "es") behind" : "")
                + (lastWords().map { "; its last words: \($0)" } ?? "")
                + (note.problem.map { "; \($0)" } ?? "")
            var failure = Failure(
                kind, code: code, operation: "run", subject: name, cause: cause + said,
                hint: "The step's file in logs/ has what it said", retryAfter: note.retryAfter)
            failure.httpStatus = note.httpStatus
            switch result.ending {
            case .exited(let status): failure.exitStatus = Int(status)
            case .signalled(let signal): failure.signal = Int(signal)
            }
            return failure
        }
        if result.cancelled { return failure(.cancelled, "cancelled", "it was asked to stop") }
        if result.timedOut {
            return failure(
                .transient, "timeout",
                "the step's time was up when it had run for \(result.elapsed.text)")
        }
        switch result.ending {
        case .exited(0): return nil
        case .exited(75): return failure(.transient, "tool_failed", "it asked to be tried again")
        case .exited(69): return failure(.unavailable, "unavailable", "its service is unavailable")
        case .exited(let status):
            return failure(.permanent, "tool_failed", "it exited with status \(status)")
        case .signalled(let signal):
            return failure(.transient, "tool_killed", "it was ended by signal \(signal)")
        }
    }

    private static func notStarted(
        _ name: String, _ path: String, _ error: SystemError
    ) -> Failure {
        switch error.errno {
        case ENOENT where error.subject != path:
            return Failure(
                .unavailable, code: "work_removed", operation: "work in", subject: error.subject,
                cause: "the directory is not there any more", retryAfter: 1)
        case ENOENT, EACCES, ENOEXEC, ELIBBAD:
            let fault = PathFault(of: path, failedWith: error.errno)
            return missing("run", name, fault.cause, fault.remedy)
        default:
            return error.failure("run")
        }
    }

    /// Why a program cannot be run, as a failure of `operation` on `subject`; nil if it can, as far as is to be
    /// seen before. May take as long as its file system.
    public func fault(
        of program: String, _ operation: String, _ subject: String, for unit: ServiceUnit? = nil
    ) -> Failure? {
        guard let path = resolve(program) else { return notFound(operation, subject, for: unit) }
        return PathFault(of: path, as: .program, for: unit).map {
            Self.missing(operation, subject, $0.cause, $0.remedy)
        }
    }

    /// Of a program that is in none of the directories, some of which may be hidden.
    private func notFound(
        _ operation: String, _ subject: String, for unit: ServiceUnit? = nil
    ) -> Failure {
        let place = "there is no such program in \(searchPath.joined(separator: ":"))"
        let hidden = searchPath.lazy.compactMap { directory in
            if let unit, unit.isKnown { return Concealment(of: directory, by: unit) }
            return Concealment(of: directory)
        }.first
        guard let hidden else {
            return Self.missing(
                operation, subject, place,
                "Install it, or add its directory to tools.path in the configuration")
        }
        return Self.missing(operation, subject, "\(place): \(hidden.cause)", hidden.remedy)
    }

    private static func missing(
        _ operation: String, _ subject: String, _ cause: String, _ hint: String?
    ) -> Failure {
        Failure(
            .unavailable, code: "tool_missing", operation: operation, subject: subject,
            cause: cause,
            hint: hint ?? "Install it or correct its path and mode")
    }
}

import Core
import Daemon
import Glibc
import Linux
import Spool

/// A command as it was called: its operands and options, and what follows from them.
struct Invocation: Sendable {
    let command: Command
    let operands: [String]
    private let arguments: CommandLineArguments

    /// Checks that the command has the options that are given.
    init(
        _ command: Command, _ operands: [String], _ arguments: CommandLineArguments
    ) throws(CommandLineArguments.Mistake) {
        (self.command, self.operands, self.arguments) = (command, operands, arguments)
        for option in arguments.options.keys.sorted() where !command.has(option) {
            throw CommandLineArguments.Mistake("\(command.name) has no option \(option).")
        }
    }

    /// The names of an option, whichever was used.
    private func names(_ name: String) -> [String] {
        (command.options + Command.common).first { $0.names.contains(name) }?.names ?? []
    }

    /// Whether an option is given.
    func has(_ name: String) -> Bool { names(name).contains { arguments.options[$0] != nil } }

    /// The value of an option, the last if there are several.
    func value(_ name: String) -> String? {
        names(name).compactMap { arguments.options[$0] }.last
    }

    /// All values of an option.
    func values(_ name: String) -> [String] { names(name).flatMap { arguments.values(of: $0) } }

    /// Throws if there are operands.
    func expectNoOperands() throws(CommandLineArguments.Mistake) {
        guard let first = operands.first else { return }
        throw CommandLineArguments.Mistake("\(command.name) takes no '\(first)'.")
    }

    /// Throws if there are none.
    func expectOperands() throws(CommandLineArguments.Mistake) {
        guard operands.isEmpty else { return }
        throw CommandLineArguments.Mistake("\(command.name) needs \(command.usage).")
    }
}

// MARK: - What follows from them

extension Invocation {
    var file: ConfigurationFile {
        ConfigurationFile(path: value("--config"), root: namedRoot)
    }

    private var namedRoot: String? {
        let known = getenv("REELD_ROOT").map { String(cString: $0) }.flatMap {
            $0.isEmpty ? nil : $0
        }
        return value("--root") ?? known
    }

    var judge: Judge {
        Judge(file, root: namedRoot, isNamed: value("--config") != nil)
    }

    func configuration() throws(Failure) -> Configuration { try file.read() }

    func context() throws(Failure) -> Context {
        Context(root: try file.rootOnly(), wantsJSON: has("--json"))
    }

    /// How long to wait; nil if nothing is said.
    func patience() throws(CommandLineArguments.Mistake) -> Duration? {
        guard let text = value("--timeout") else { return nil }
        guard let span = TimeSpan(text) else {
            throw CommandLineArguments.Mistake(
                "--timeout needs seconds, or a time such as 5m, of at most a year, not '\(text)'.")
        }
        return .seconds(span.seconds)
    }

    func following() throws(CommandLineArguments.Mistake) -> Following {
        Following(
            patience: try patience(), showsProgress: has("--progress"), wantsJSON: has("--json"))
    }

    /// Which jobs are meant. Where `knowsStates`, a word may be where a job is in its life.
    func selection(
        knowsStates: Bool = false
    ) throws(CommandLineArguments.Mistake) -> Selection {
        try Selection(operands, self, knowsStates: knowsStates, now: .now)
    }

    /// How many to show at most; nil for all.
    func most(usual: Int) throws(CommandLineArguments.Mistake) -> Int? {
        if has("--all") { return nil }
        guard let text = value("-n") else { return usual }
        guard let number = Int(text), number >= 0 else {
            throw CommandLineArguments.Mistake("-n needs a number, not '\(text)'.")
        }
        return number
    }
}

/// What every command needs.
struct Context: Sendable {
    /// The root to work under.
    let root: String
    /// Whether to print JSON.
    let wantsJSON: Bool

    /// Opens the root. Who may not is told how to.
    func open() throws(Failure) -> SpoolRoot {
        do throws(SystemError) { return try SpoolRoot(path: root) } catch {
            throw advised(error.failure("open the root"))
        }
    }

    /// Opens the inbox, to put job specs into it; likewise.
    func submission() throws(Failure) -> Submission {
        do throws(Failure) { return try Submission(root: root) } catch { throw advised(error) }
    }

    /// A failure to open something of the root, with what to do about it.
    func advised(_ failure: Failure) -> Failure {
        var failure = failure
        switch failure.code {
        case "no_permission": failure.hint = Membership(of: root)?.advice ?? failure.hint
        case "not_found":
            failure.hint =
                "Where the root is says --root, $REELD_ROOT or the configuration; the daemon makes it when it starts"
        default: break
        }
        return failure
    }
}

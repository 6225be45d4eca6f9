import Core

/// One run of a program, as a value: what to run, on what, and what it may cost.
///
/// No shell is involved: `arguments` reach the program as they are. The program runs in the
/// step's working directory, in its own process group, with a clean environment, and its standard
/// error goes to the step's log.
public struct ToolInvocation: Hashable, Sendable {
    /// `failure`, or what it means for this tool.
    func explained(_ failure: Failure, lastWords: () -> String?) -> Failure {
        guard var blame, failure.kind == .permanent else { return failure }
        if let words = lastWords() { blame.cause += " (\(words))" }
        return blame
    }

    /// Where the program's standard output goes.
    public enum Output: Hashable, Sendable {
        /// To the step's log, together with standard error.
        case log
        /// To a new file of this name in the working directory.
        case file(String)
    }

    /// The program: an absolute path, or a name looked up in the configured search path.
    public var program: String
    /// Its arguments, without the program's own name.
    public var arguments: [String]
    /// What it reads on standard input; nothing if empty.
    public var standardInput: [UInt8]
    /// Where its standard output goes.
    public var standardOutput: Output
    /// Variables to set beside the few that every tool gets.
    public var environment: [String: String]
    /// The names of the credentials it is given, in a directory that $CREDENTIALS_DIRECTORY names.
    public var credentials: [String]

    /// What it means if the program ends by saying that it cannot, where that is known better than
    /// that it failed: that the file it was to read is damaged. What it said last is added.
    public var blame: Failure?

    /// Makes an invocation.
    public init(
        _ program: String, _ arguments: [String], standardInput: [UInt8] = [],
        standardOutput: Output = .log, environment: [String: String] = [:],
        credentials: [String] = [], blame: Failure? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.standardInput = standardInput
        self.standardOutput = standardOutput
        self.environment = environment
        self.credentials = credentials
        self.blame = blame
    }
}

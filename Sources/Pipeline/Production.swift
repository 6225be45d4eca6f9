import Core

/// What a provider does for a request: files it writes itself, tools to run, a check of what
/// came out, and what to keep. It is a value; the runner performs it.
///
/// Everything happens in a fresh working directory of the attempt. Only when the check has passed
/// are the outputs made durable and moved to their places in the session, so a half-written file
/// is never taken for a finished one.
public struct Production: Sendable {
    /// A file of the working directory and its place in the session.
    public struct Output: Hashable, Sendable {
        /// The name in the working directory.
        public var file: String
        /// The place, relative to the session: `audio/scene_01.wav`.
        public var place: String

        /// Keeps `file` as `place`.
        public init(_ file: String, as place: String) {
            self.file = file
            self.place = place
        }
    }

    /// What to keep of the working directory.
    public enum Outputs: Hashable, Sendable {
        /// These files, each of which must be there.
        case files([Output])
        /// Every file but dotfiles, to be published to `final_output/` when the pipeline's last
        /// step succeeds.
        case everythingForPublication
        /// These files of the working directory, to be published likewise, in this order.
        case publication([String])
    }

    /// Whether what was made for one session may serve another.
    public enum Reuse: Hashable, Sendable {
        /// It may not: it is made anew each time.
        case never
        /// It may, if everything is the same that decides it: tools, arguments, files, and the parts of the
        /// machine that the provider names. The same bytes come of it whenever it is made.
        case whenSame
    }

    /// Whether it may be taken from what was made before.
    public var reuse: Reuse
    /// Files to write into the working directory before any tool runs.
    public var files: [String: [UInt8]]
    /// Tools to run there, one after another; the first that fails ends the attempt.
    public var tools: [ToolInvocation]
    /// Looks at what the tools made, writes files derived from it, and throws if it is not right.
    public var check: @Sendable (WorkFiles) throws(Failure) -> Void
    /// What a tool's failure means here, where it can be told better than by the tool's own words:
    /// that a file the job named is at fault, say.
    public var blame: @Sendable (Failure) -> Failure = { $0 }
    /// What to keep.
    public var outputs: Outputs
    /// What was done less well than asked for, as sentences for the receipt.
    public var degradations: [String]

    /// Makes a production.
    public init(
        files: [String: [UInt8]] = [:], tools: [ToolInvocation] = [], outputs: Outputs,
        degradations: [String] = [], reuse: Reuse = .never,
        check: @escaping @Sendable (WorkFiles) throws(Failure) -> Void = { _ in }
    ) {
        self.files = files
        self.tools = tools
        self.check = check
        self.outputs = outputs
        self.degradations = degradations
        self.reuse = reuse
    }
}

/// The files of a step's working directory, for a production's check.
public protocol WorkFiles: Sendable {
    /// The bytes of a file the tools made; a permanent failure if it is not there or is larger
    /// than `limit` bytes.
    func read(_ name: String, limit: Int) throws(Failure) -> [UInt8]
    /// Writes a new file.
    func write(_ bytes: [UInt8], to name: String) throws(Failure)
    /// The size of a file in bytes.
    func size(of name: String) throws(Failure) -> Int
}

/// Something of this machine that decides what a provider makes, and that an upgrade may change.
public enum MachinePart: Hashable, Sendable {
    /// The program that runs here.
    case ourselves
    /// A program, by an absolute path or by its name in the search path, with the shared libraries it is
    /// linked with.
    case program(String)
    /// Files and directories with all beneath them, called `name`: those of `paths`, and those that a
    /// program names when it is asked, the absolute path at the end of a line each. It is asked again
    /// when it or any of the files has changed.
    case files(name: String, paths: [String] = [], namedBy: Question? = nil)

    /// A program and its arguments.
    public struct Question: Hashable, Sendable {
        /// The program, as in `program`.
        public var program: String
        /// Its arguments.
        public var arguments: [String]

        /// Makes a question.
        public init(_ program: String, _ arguments: [String]) {
            self.program = program
            self.arguments = arguments
        }
    }

    /// What it is called in a record and for a reader.
    public var name: String {
        switch self {
        case .ourselves: "reeld"
        case .program(let name): name
        case .files(let name, _, _): name
        }
    }
}

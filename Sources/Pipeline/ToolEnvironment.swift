import Glibc

/// The variables that the operator gives to all tools, beside the few that each has anyhow.
public struct ToolEnvironment: Hashable, Sendable {
    /// What a variable is set to.
    public enum Value: Hashable, Sendable {
        /// What this process has under that name; without it the tools have none either.
        case passedOn
        /// This text.
        case text(String)
    }

    /// The variables, by name.
    public var variables: [String: Value]

    /// Makes one.
    public init(_ variables: [String: Value] = [:]) { self.variables = variables }

    /// The names of those that are to be passed on and are not there, in order.
    public var missing: [String] {
        variables.filter { $0.value == .passedOn && getenv($0.key) == nil }.keys.sorted()
    }

    /// What tools get. This process's own environment is what it was started with.
    public func values() -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in variables {
            switch value {
            case .text(let text): values[name] = text
            case .passedOn: values[name] = getenv(name).map { String(cString: $0) }
            }
        }
        return values
    }

    /// Whether a variable can have that name: `[A-Za-z_][A-Za-z0-9_]*`. See environ(7).
    public static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
                || $0 == 0x5F
        }
    }

    /// Why no operator sets this variable, as a sentence; nil if he may.
    public static func objection(to name: String) -> String? {
        if let reason = reserved[name] { return reason }
        return name.hasPrefix("REELD_") ? "what begins with REELD_ is reeld's own to set" : nil
    }

    private static let reserved: [String: String] = [
        "PATH": "the directories of programs are those of tools.path",
        "HOME": "each tool has its working directory there",
        "TMPDIR": "each tool has its working directory there",
        "LANG": "what tools say is read in the locale C.UTF-8",
        "LC_ALL": "what tools say is read in the locale C.UTF-8",
        "CREDENTIALS_DIRECTORY": "each step has its own, with its 'credentials'",
        "NOTIFY_SOCKET": "it is for reeld itself", "WATCHDOG_PID": "it is for reeld itself",
        "WATCHDOG_USEC": "it is for reeld itself", "JOURNAL_STREAM": "it is for reeld itself",
    ]
}

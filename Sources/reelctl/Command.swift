import Core
import Daemon

/// One of the commands: what it is called, what it takes, and what it does.
struct Command: Sendable {
    /// What stands behind a command's name, for those who complete words.
    enum Operand: Sendable {
        case none, files, jobs, states, commands, providers, words([String])
    }

    let name: String
    /// What is typed behind its name: `JOB...`.
    let usage: String
    /// What it does, in a few words.
    let summary: String
    /// What there is to know of it beside that, in lines of at most 79 columns.
    var details = ""
    var operand = Operand.none
    var options: [Option] = []
    /// Whether it can print JSON.
    var hasJSON = true
    let run: @Sendable (Invocation) async throws -> Int32

    /// An option.
    struct Option: Sendable {
        /// All its names, the long one last.
        let names: [String]
        /// What its value is called; nil if it has none.
        var value: String?
        /// What it does, in lines of at most 52 columns.
        let summary: String
        /// The words that its value may be, if those are known.
        var words: [String] = []

        init(
            _ name: String, short: String? = nil, value: String? = nil, words: [String] = [],
            _ summary: String
        ) {
            names = (short.map { [$0] } ?? []) + [name]
            self.value = value
            self.words = words
            self.summary = summary
        }

        /// The name that the others stand for.
        var name: String { names.last ?? "" }

        /// `-n, --number NUMBER`.
        var text: String { names.joined(separator: ", ") + (value.map { " \($0)" } ?? "") }
    }

    /// Whether it has an option of this name.
    func has(_ name: String) -> Bool {
        allOptions.contains { $0.names.contains(name) }
    }

    /// Its own, and those of all commands.
    var allOptions: [Option] {
        options + Self.common.filter { hasJSON || $0.name != "--json" }
    }

    /// The options of all commands.
    static let common: [Option] = [
        Option(
            "--root", value: "DIR",
            "the root to work under (else $REELD_ROOT, or what\nthe configuration says)"),
        Option(
            "--config", value: "FILE", "the configuration (else \(ConfigurationFile.standardPath))"),
        Option("--json", "print JSON instead of text"),
        Option("--help", short: "-h", "print this and exit"),
        Option("--version", short: "-V", "print the version and exit"),
    ]
}

// MARK: - What is said of them

extension Command {
    /// All there is to say of it, on a screen.
    var help: String {
        let own = options.isEmpty ? "" : "\n" + Self.table(options)
        let more = details.isEmpty ? "" : "\n\(details)\n"
        return """
            usage: reelctl \(name) [OPTION]...\(usage.isEmpty ? "" : " \(usage)")

            \(summary.prefix(1).uppercased())\(summary.dropFirst()).
            \(more)\(own)
            \(Self.table(Array(allOptions.dropFirst(options.count))))
            """
    }

    /// Options, each with what it does.
    private static func table(_ options: [Option]) -> String {
        options.map { option in
            let name = option.text
            let lines = option.summary.split(separator: "\n")
            let first = name.count > 22 ? "  \(name)\n" : "  \(name)"
            let rest = lines.enumerated().map { index, line in
                let column = index == 0 && name.count <= 22 ? 24 - name.count : 26
                return String(repeating: " ", count: column) + line
            }
            return first + rest.joined(separator: "\n") + "\n"
        }.joined()
    }
}

import Core
import Daemon
import Spool
import Video

/// `reelctl make`: writes a job spec of a topic and a few options.
struct MakeCommand {
    /// The options that are fields of the spec.
    static let options: [Command.Option] =
        fields.map { field in
            Command.Option("--\(field.name)", value: field.value, words: field.words, field.summary)
        } + [Command.Option("--label", value: "KEY=VALUE", "a note of one's own")]
    private static let fields: [(name: String, value: String, words: [String], summary: String)] = [
        (
            "platform", "NAME", Platform.allCases.map(\.rawValue),
            "where it is to be shown: tiktok, square, ..."
        ),
        ("duration", "SECONDS", [], "how long it is to be"),
        ("voice", "NAME", [], "who speaks"),
        ("category", "TEXT", [], "what kind of topic it is"),
        ("preset", "NAME", [], "what has its other fields in the configuration"),
        ("language", "CODE", [], "what is spoken: en, de, ..."),
        ("id", "TEXT", [], "what you know it by; no two are made"),
        ("priority", "NUMBER", [], "higher goes first"),
    ]
    /// The most bytes that a name made of a topic has, but for `.json`.
    private static let longestName = 60

    /// The spec, and what its file is to be called.
    static func spec(
        _ call: Invocation
    ) throws -> (node: JSONNode, name: FileName) {
        guard call.operands.count == 1, let topic = call.operands.first else {
            throw CommandLineArguments.Mistake(
                "make needs one TOPIC; put it in quotes, and behind -- if it begins with a dash.")
        }
        let start = JSONPosition(line: 1, column: 1)
        func member(_ key: String, _ value: JSONValue) -> JSONMember {
            JSONMember(key: key, at: start, node: JSONNode(value, at: start))
        }
        var members = [member("topic", .string(topic))]
        for field in fields.map(\.name) {
            guard let text = call.value("--\(field)") else { continue }
            members.append(member(field, SpecSheet.value(of: field, text, start)))
        }
        var labels: [JSONMember] = []
        for text in call.values("--label") {
            let parts = text.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandLineArguments.Mistake("--label needs KEY=VALUE, not '\(text)'.")
            }
            labels.removeAll { $0.key == parts[0] }
            labels.append(member(String(parts[0]), .string(String(parts[1]))))
        }
        if !labels.isEmpty { members.append(member("labels", .object(labels))) }
        let slug = Slug.of(topic, atMost: longestName)
        return (
            JSONNode(.object(members), at: start), FileName("\(slug.isEmpty ? "job" : slug).json")
        )
    }

    /// A problem as one of the option that it is about.
    static func named(_ problem: SpecCheck.Problem) -> SpecCheck.Problem {
        var problem = problem
        (problem.line, problem.column) = (nil, nil)
        if let path = problem.path, path.hasPrefix("$.") {
            let field = path.dropFirst(2).prefix { $0 != "." && $0 != "[" }
            problem.path =
                field == "topic" ? "the topic" : field == "labels" ? "--label" : "--\(field)"
        }
        return problem
    }
}

import Core
import Linux
import Spool
import Video

/// Judges job specs as the daemon would, and looks as well for what it finds out only later: whether the files
/// that a spec names can be read, and whether anything speaks as it asks. Finds all that is wrong with a spec,
/// as far as one fault does not hide another.
public struct SpecCheck: Sendable {
    /// Something that is wrong with a spec.
    public struct Problem: Hashable, Sendable, Encodable {
        /// What it is about, as a JSON path; nil for the whole file.
        public var path: String?
        /// Where that stands, from 1; nil for the whole file, and for what is not in it.
        public var line: Int?
        /// The Unicode scalar within the line, from 1.
        public var column: Int?
        /// What is wrong.
        public var message: String
        /// What to do about it.
        public var hint: String?
        /// Whether only the daemon can tell if it is wrong.
        public var isDoubt = false

        private enum CodingKeys: CodingKey { case path, line, column, message, hint }

        /// Makes a problem of a whole file.
        public init(_ failure: Failure) {
            (message, hint) = (failure.cause, failure.hint)
        }

        /// Makes a problem of what a parser found.
        public init(_ error: JSONError) {
            (path, line, column) = (error.path, error.line, error.column)
            (message, hint) = (error.reason, error.hint)
        }

        init(_ field: JSONField, _ message: String, _ hint: String?) {
            self.init(field.error(message, hint: hint))
        }

        /// As a line, but for the file's name.
        public var text: String {
            var text = ""
            if let line, let column { text += "line \(line), column \(column), " }
            if let path { text += "\(path): " }
            text += message
            if let hint { text += ". \(hint)" }
            return text + "."
        }
    }

    /// The most that is said of one spec.
    public static let most = 20

    private let configuration: Configuration?
    /// What is known of the files that specs name.
    private var files: [String: FileState] = [:]

    /// Judges by `configuration`; where that is nil, what does not depend on it.
    public init(_ configuration: Configuration?) { self.configuration = configuration }

    /// What a spec says of its job, completed by presets and defaults; nil if it is none, or that is not known.
    public func header(of bytes: [UInt8]) -> JobHeader? {
        let pipelines = Pipelines(configuration: configuration ?? Configuration())
        return try? pipelines.header(of: bytes)
    }

    /// All that is wrong with a spec.
    public mutating func problems(of bytes: [UInt8]) async -> [Problem] {
        let node: JSONNode
        do throws(JSONError) { node = try JSONNode(parsing: bytes) } catch {
            return [Problem(error)]
        }
        return await problems(of: node)
    }

    /// The same of one that was parsed.
    public mutating func problems(of node: JSONNode) async -> [Problem] {
        var problems: [Problem] = []
        var rest = node
        var brief: Brief?
        while brief == nil, problems.count < Self.most {
            do throws(JSONError) { brief = try read(rest) } catch {
                problems.append(Problem(error))
                guard let smaller = Self.without(error, rest) else { break }
                rest = smaller
            }
        }
        if let brief { problems += await objections(to: brief, node) }
        let place = { (problem: Problem) in (problem.line ?? 0, problem.column ?? 0) }
        return Array(problems.sorted { place($0) < place($1) }.prefix(Self.most))
    }

    private func read(_ node: JSONNode) throws(JSONError) -> Brief {
        guard let configuration else { return try Brief(node) }
        return try configuration.specPresets.complete(node).brief
    }

    /// The spec without what is wrong, so that the rest can be looked at; nil if there is no telling what that is.
    private static func without(_ error: JSONError, _ node: JSONNode) -> JSONNode? {
        guard case .object(let members) = node.value else { return nil }
        let topic = JSONMember(
            key: "topic", at: node.position, node: JSONNode(.string("-"), at: node.position))
        guard let field = error.location.field else {
            return members.contains { $0.key == "topic" }
                ? nil : JSONNode(.object(members + [topic]), at: node.position)
        }
        guard let smaller = node.removing(error.location), case .object(let left) = smaller.value
        else { return nil }
        return field == "topic" ? JSONNode(.object(left + [topic]), at: node.position) : smaller
    }

    private mutating func objections(to brief: Brief, _ node: JSONNode) async -> [Problem] {
        var problems: [Problem] = []
        let objections: [(field: String, statement: String, hint: String?)]
        if let configuration {
            objections = Pipelines(configuration: configuration).objections(to: brief).map {
                ($0.field, $0.statement, $0.failure.hint)
            }
        } else if brief.pipeline == "video" {
            // Who else may speak by the configuration is not known.
            objections = VideoPipeline.objections(to: brief, VideoSettings())
                .filter { $0.failure.code != "unsuitable_voice" }
                .map { ($0.field, "\($0.failure.subject): \($0.failure.cause)", $0.failure.hint) }
        } else {
            objections = []
        }
        problems += objections.map { Problem(Self.field($0.field, node), $0.statement, $0.hint) }
        var named = Pictures.named(in: brief)
        if case .file(let music) = brief.music { named.append((music, "$.music")) }
        for (path, place) in named {
            guard case .bad(let cause, let hint, let isDoubt) = await state(of: path) else {
                continue
            }
            let field = place.dropFirst(2).prefix { $0 != "[" }
            var problem = Problem(Self.field(String(field), node), "'\(path)': \(cause)", hint)
            problem.path = place
            problem.isDoubt = isDoubt
            problems.append(problem)
        }
        return problems
    }

    /// A field of the spec; where that is from elsewhere, with the place of the whole.
    private static func field(_ name: String, _ node: JSONNode) -> JSONField {
        let path = JSONPath.root.appending(name)
        guard case .object(let members) = node.value,
            let member = members.first(where: { $0.key == name })
        else { return JSONField(node, path: path) }
        return JSONField(member.node, path: path)
    }

    private enum FileState {
        case good
        case bad(cause: String, hint: String?, isDoubt: Bool)
    }

    private mutating func state(of path: String) async -> FileState {
        if let known = files[path] { return known }
        // Whoever names thousands of files names each for itself.
        if files.count >= 10_000 { files = [:] }
        let state: FileState
        do throws(Failure) {
            switch try await OutsideFile(path).beginning(limit: 1) {
            case .success: state = .good
            case .failure(let fault):
                state = .bad(
                    cause: fault.cause, hint: fault.remedy,
                    isDoubt: OutsideFile.isOnlyClosedToUs(path))
            }
        } catch {
            state = .bad(cause: error.cause, hint: error.hint, isDoubt: true)
        }
        files[path] = state
        return state
    }
}

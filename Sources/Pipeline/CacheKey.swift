import Core
import Glibc

/// Everything that decides what a production makes, as one hash: the programs with all they use of the
/// machine, their arguments, the files it writes, and the bytes of the files it reads. Where those are does
/// not count.
public struct CacheKey: Hashable, Sendable {
    /// SHA-256, in hexadecimal.
    public let text: String

    /// What a production reads that its session has.
    struct Input: Hashable, Sendable {
        /// The absolute path, as the arguments have it.
        var path: String
        /// SHA-256 of its bytes.
        var sha256: String
    }

    /// The key of a production; nil if it may not be reused, or if not all that it reads is known.
    ///
    /// - Parameters:
    ///   - session: the path of the session's directory, which must not be left in anything.
    ///   - inputs: what it reads of the session.
    ///   - machine: what it uses of the machine: all programs of its tools have to be among that.
    ///   - versions: the fingerprints of these parts, by name.
    ///   - externals: SHA-256 of the files outside the session that it reads.
    ///   - environment: what is set for all tools.
    init?(
        _ production: Production, session: String, inputs: [Input], machine: [MachinePart],
        versions: [String: String], externals: [String],
        environment: [String: String] = [:]
    ) {
        guard production.reuse == .whenSame, case .files(let outputs) = production.outputs,
            production.tools.allSatisfy({ machine.contains(.program($0.program)) })
        else { return nil }
        var hash = KeyHash()
        hash.add("reeld 2")
        // Longer paths first: one may begin as another does.
        let ordered = inputs.enumerated().sorted { $0.element.path.count > $1.element.path.count }
        func neutral(_ text: String) -> String? {
            var text = text
            for (number, input) in ordered {
                text = text.replacing(input.path, with: "{input \(number)}")
            }
            return text.contains(session) ? nil : text
        }
        for input in inputs { hash.add(input.sha256) }
        for sha256 in externals { hash.add(sha256) }
        // What this program decides is all in what follows.
        for part in machine where part != .ourselves {
            guard let version = versions[part.name] else { return nil }
            hash.add(version)
        }
        for (name, bytes) in production.files.sorted(by: { $0.key < $1.key }) {
            guard !Self.holds(bytes, session) else { return nil }
            hash.add(name)
            hash.add(bytes)
        }
        for tool in production.tools {
            hash.add(tool.program)
            for argument in tool.arguments {
                guard let argument = neutral(argument) else { return nil }
                hash.add(argument)
            }
            hash.add("")
            guard !Self.holds(tool.standardInput, session) else { return nil }
            hash.add(tool.standardInput)
            if case .file(let name) = tool.standardOutput { hash.add(name) } else { hash.add("") }
            for (name, value) in tool.environment.sorted(by: { $0.key < $1.key }) {
                guard let value = neutral(value) else { return nil }
                hash.add("\(name)=\(value)")
            }
        }
        for output in outputs { hash.add(output.file) }
        if !environment.isEmpty { hash.add("") }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            hash.add("\(name)=\(value)")
        }
        text = hash.finalizeHexadecimal()
    }

    private static func holds(_ bytes: [UInt8], _ text: String) -> Bool {
        bytes.withUnsafeBytes { bytes in
            Array(text.utf8).withUnsafeBytes { wanted in
                guard let place = bytes.baseAddress, let text = wanted.baseAddress else {
                    return false
                }
                return memmem(place, bytes.count, text, wanted.count) != nil
            }
        }
    }

    /// A hash of texts that no others run together to.
    private struct KeyHash {
        private var hash = SHA256()

        mutating func add(_ bytes: [UInt8]) {
            hash.update(Array("\(bytes.count):".utf8))
            hash.update(bytes)
        }

        mutating func add(_ text: String) { add(Array(text.utf8)) }

        consuming func finalizeHexadecimal() -> String { hash.finalizeHexadecimal() }
    }
}

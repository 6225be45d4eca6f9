import Core
import Glibc

/// Everything that decides what a production makes, as one hash: the programs and their arguments, the files
/// it writes, and the bytes of the files it reads. Where those are does not count.
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
    ///   - program: tells one version of a program from another; nil if it cannot.
    ///   - external: SHA-256 of a file outside the session; nil if it cannot be read.
    init?(
        _ production: Production, session: String, inputs: [Input],
        program: (String) -> String?, external: (String) -> String?
    ) {
        guard case .whenSame(let externals) = production.reuse,
            case .files(let outputs) = production.outputs
        else { return nil }
        var hash = KeyHash()
        hash.add("reeld 1")
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
        for path in externals {
            guard let sha256 = external(path) else { return nil }
            hash.add(sha256)
        }
        for (name, bytes) in production.files.sorted(by: { $0.key < $1.key }) {
            guard !Self.holds(bytes, session) else { return nil }
            hash.add(name)
            hash.add(bytes)
        }
        for tool in production.tools {
            guard let version = program(tool.program) else { return nil }
            hash.add(tool.program)
            hash.add(version)
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

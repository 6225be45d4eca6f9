/// The name of one directory entry, as the bytes the kernel keeps: not empty, no `/`, no NUL, not
/// `.` or `..`. It need not be UTF-8. See path_resolution(7).
public struct FileName: Hashable, Sendable {
    /// The name's bytes.
    public let bytes: [UInt8]

    /// The longest name Linux's file systems take, in bytes (NAME_MAX).
    public static let longest = 255

    /// Takes bytes that are a name.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        let isDots = bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: ".") }
        guard !isDots, !bytes.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
            return nil
        }
        self.bytes = bytes
    }

    /// A name for text of our own making. What no name may hold becomes `_`, so it cannot fail.
    public init(_ text: String) {
        let safe = text.utf8.map { $0 == 0 || $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0 }
        bytes = FileName(bytes: safe)?.bytes ?? Array("_".utf8)
    }

    /// The name as text, if it is UTF-8.
    public var text: String? { String(validating: bytes, as: UTF8.self) }

    /// The name fit for a person and for a log: bytes that are not UTF-8, control characters and
    /// backslashes are written `\xNN`. Different names look different.
    public var display: String { bytes.escapedForDisplay }

    /// Whether the name ends in `suffix`.
    public func hasSuffix(_ suffix: String) -> Bool {
        bytes.count > suffix.utf8.count
            && bytes.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }

    /// Whether the name starts with `prefix`.
    public func hasPrefix(_ prefix: String) -> Bool { bytes.starts(with: prefix.utf8) }

    /// Whether a person can type and read it: UTF-8 without control characters, and not starting
    /// with a dash, which programs would take for an option.
    public var isPlain: Bool {
        guard let text, !hasPrefix("-") else { return false }
        return !text.unicodeScalars.contains { $0.properties.generalCategory.breaksLines }
    }

    /// Calls `body` with the name as a C string.
    public func withCString<R, E: Error>(
        _ body: (UnsafePointer<CChar>) throws(E) -> R
    ) throws(E) -> R {
        let size = bytes.count + 1
        let result: Result<R, E> = withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) {
            buffer in
            for (index, byte) in bytes.enumerated() {
                buffer.initializeElement(at: index, to: CChar(bitPattern: byte))
            }
            buffer.initializeElement(at: size - 1, to: 0)
            do throws(E) {
                // What holds at least the NUL has a base address.
                guard let base = buffer.baseAddress else { return .success(try body("")) }
                return .success(try body(base))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

extension FileName: ExpressibleByStringInterpolation {
    /// A name written in the source.
    public init(stringLiteral value: String) { self.init(value) }
}

extension FileName: Comparable {
    /// Orders by bytes.
    public static func < (a: FileName, b: FileName) -> Bool {
        a.bytes.lexicographicallyPrecedes(b.bytes)
    }
}

extension Collection<UInt8> {
    /// The bytes as text for a person or a log: what is not UTF-8, control characters and
    /// backslashes are written `\xNN` byte by byte. Different bytes give different text.
    public var escapedForDisplay: String {
        // Nearly all there is to show is plain ASCII.
        if allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) {
            return String(decoding: self, as: UTF8.self)
        }
        var text = ""
        var rest = self[...]
        while let first = rest.first {
            // The shortest prefix that is UTF-8 is one scalar, of one to four bytes.
            let scalar = (1...4).lazy
                .compactMap { String(validating: rest.prefix($0), as: UTF8.self) }
                .first?.unicodeScalars.first
            if let scalar, scalar != "\\", !scalar.properties.generalCategory.isInvisible {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                text += "\\x" + first.hexadecimal
                rest = rest.dropFirst()
            }
        }
        return text
    }
}

extension UInt8 {
    /// Two lower-case hexadecimal digits.
    public var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(self >> 4)], digits[Int(self & 15)]])
    }
}

extension Unicode.GeneralCategory {
    /// Control characters and line separators.
    fileprivate var breaksLines: Bool {
        self == .control || self == .lineSeparator || self == .paragraphSeparator
    }

    /// Control, format, surrogate, private and unassigned characters, and line separators: what
    /// can hide in a line of text or break it.
    fileprivate var isInvisible: Bool {
        switch self {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator:
            true
        default: false
        }
    }
}

/// A number of bytes as people read it: `1.9 MB`.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public var bytes: Int

    /// Makes a count.
    public init(_ bytes: Int) { self.bytes = bytes }

    /// In the largest decimal unit that leaves a number of at least 1, with at least two digits.
    public var description: String {
        var value = Double(bytes)
        var unit = 0
        let units = ["B", "kB", "MB", "GB", "TB"]
        // Compared as it will be written: 999 999 bytes are 1.0 MB, not 1000 kB.
        while value.rounded() >= 1000, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        let tenths = (value * 10).rounded() / 10
        if unit == 0 || tenths >= 10 { return "\(Int(value.rounded())) \(units[unit])" }
        return "\(tenths) \(units[unit])"
    }

    /// Orders by number.
    public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
}

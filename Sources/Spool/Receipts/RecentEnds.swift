import Core
import Linux

/// The jobs that ended last, found without reading anything of the others: there may be a hundred
/// thousand.
public struct RecentEnds: Sendable {
    /// A job that has ended.
    struct End: Comparable, Sendable {
        /// When its receipt was written, in seconds since 1970.
        var time: Double
        var state: SpoolDirectory
        var name: FileName

        static func < (a: End, b: End) -> Bool { (a.time, a.name) < (b.time, b.name) }
    }

    /// The last that ended, the latest first.
    private(set) var ends: [End] = []
    /// How many files are in each terminal directory.
    public private(set) var counts: [SpoolDirectory: Int] = [:]
    /// How many of them ended since the moment that was asked for.
    public private(set) var recent: [SpoolDirectory: Int] = [:]

    /// Looks at those of `states` that are terminal directories for the last `most` jobs.
    public init(
        in root: SpoolRoot, _ states: Set<SpoolDirectory>, most: Int, since moment: Timestamp
    ) throws(Failure) {
        for state in SpoolDirectory.terminal where states.contains(state) {
            try converting("look at") { () throws in
                var (count, late) = (0, 0)
                try DirectoryStream(root[state]).forEachRaw { entry in
                    guard Self.ends(entry.name, ".receipt") else {
                        if Self.isJSON(entry.name) { count += 1 }
                        return
                    }
                    // Of a file without a receipt nobody knows when it ended.
                    guard let time = entry.modified() else { return }
                    if time >= moment.secondsSince1970 { late += 1 }
                    guard ends.count < most || time >= earliest else { return }
                    guard let job = FileName(bytes: entry.name)?.withoutReceipt else { return }
                    add(End(time: time, state: state, name: job), most)
                }
                counts[state] = count
                recent[state] = late
            }
        }
        ends.sort(by: >)
    }

    /// The time of the earliest of those that are kept.
    private var earliest = -Double.infinity

    private mutating func add(_ end: End, _ most: Int) {
        guard most > 0 else { return }
        if ends.count < most {
            ends.append(end)
        } else if let first = ends.indices.min(by: { ends[$0] < ends[$1] }), ends[first] < end {
            ends[first] = end
        }
        if ends.count == most { earliest = ends.min()?.time ?? earliest }
    }

    private static func ends(_ name: UnsafeBufferPointer<UInt8>, _ ending: StaticString) -> Bool {
        let count = ending.utf8CodeUnitCount
        return name.count > count
            && (0..<count).allSatisfy { name[name.count - count + $0] == ending.utf8Start[$0] }
    }

    private static func isJSON(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        ends(name, ".json") || ends(name, ".JSON") || FileName(bytes: name)?.isJSON == true
    }
}

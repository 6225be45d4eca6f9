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
        for state in JobLookup.terminal where states.contains(state) {
            try converting("look at") { () throws in
                let stream = try DirectoryStream(root[state])
                while let name = try stream.next() {
                    if name.isJSON { counts[state, default: 0] += 1 }
                    // Of a file without a receipt nobody knows when it ended.
                    guard let job = name.withoutReceipt, let status = try root[state].status(name)
                    else { continue }
                    if status.modified >= moment.secondsSince1970 { recent[state, default: 0] += 1 }
                    add(End(time: status.modified, state: state, name: job), most)
                }
            }
        }
        ends.sort(by: >)
    }

    private mutating func add(_ end: End, _ most: Int) {
        guard ends.count >= most else { return ends.append(end) }
        guard let first = ends.indices.min(by: { ends[$0] < ends[$1] }), ends[first] < end else {
            return
        }
        ends[first] = end
    }
}

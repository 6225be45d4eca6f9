import Core
import Linux

extension JobSummary {
    /// All that are in these states, with what their specs say. One that goes on while it is looked at is looked
    /// for again.
    public static func allWithSpecs(
        in root: SpoolRoot, _ states: Set<SpoolDirectory>,
        ends look: (() throws(Failure) -> RecentEnds)? = nil,
        mostWaiting: Int = .max
    ) throws(Failure) -> [JobSummary] {
        var jobs: [JobSummary] = []
        // Where jobs come faster than one can look, the rest is told as far as it is known.
        for _ in 0..<mostLooks {
            jobs = try all(in: root, states, ends: look, mostWaiting: mostWaiting)
            var areThere = true
            for index in jobs.indices where !jobs[index].readSpec(in: root) { areThere = false }
            if areThere { break }
        }
        return jobs
    }

    private static let mostLooks = 5

    /// Reads what its spec says of it: what only those need to know who are shown the job. Returns whether it is
    /// still where it was seen.
    @discardableResult
    public mutating func readSpec(in root: SpoolRoot) -> Bool {
        var bytes: [UInt8]?
        if let session {
            bytes = try? root.directory(of: session)?.read("metadata/job.json", limit: largestSpec)
            if bytes == nil, SpoolDirectory.claimed.contains(state) {
                // One that was only just claimed has no session yet, and is where its file is.
                let file: FileName = "\(session).json"
                guard let status = try? root[state].status(file) else { return false }
                guard status.kind == .regular else { return true }
                bytes = try? root[state].open(entry: file).read(limit: largestSpec)
            }
        } else {
            let file = FileName(name)
            guard let status = try? root[state].status(file) else { return false }
            // What cannot be a job is not opened.
            guard status.kind == .regular else { return true }
            bytes = try? root[state].open(entry: file).read(limit: largestSpec)
        }
        guard let spec = bytes.flatMap(SpecGlance.init) else { return true }
        topic = spec.topic
        priority = priority ?? spec.priority
        id = id ?? spec.id
        if labels.isEmpty { labels = spec.labels }
        return true
    }
}

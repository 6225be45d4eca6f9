import Core
import Linux
import Spool

/// The pipelines that reloads and restarts took away: what names one waits for a while, since it may be back with the next
/// reload. A configuration is often mended in several steps, and a job that was rejected meanwhile would be
/// lost on whoever dropped it.
struct MissingPipelines: Hashable, Sendable {
    typealias Instant = ContinuousClock.Instant

    private var since: [String: Instant] = [:]

    /// Those that are missing, in order.
    var names: [String] { since.keys.sorted() }

    /// Notes that the pipelines there are have been replaced by others.
    mutating func note(_ old: some Sequence<String>, replacedBy new: Set<String>, at now: Instant) {
        for name in old where since[name] == nil { since[name] = now }
        since = since.filter { !new.contains($0.key) }
    }

    /// Takes over what an earlier daemon knew: the pipelines there were are replaced by those there are.
    mutating func take(
        _ known: KnownPipelines, replacedBy new: Set<String>, at now: Instant, _ wall: Timestamp
    ) {
        for (name, missing) in known.missing {
            since[name] = now - max(.zero, wall.since(missing))
        }
        note(known.present, replacedBy: new, at: now)
    }

    /// What the next daemon is to know, if each is waited for so long.
    func known(
        with present: some Sequence<String>, grace: Duration, at now: Instant, _ wall: Timestamp
    ) -> KnownPipelines {
        let missing = since.filter { now - $0.value < grace }.mapValues { since in
            Timestamp(secondsSince1970: wall.secondsSince1970 - (now - since).seconds)
        }
        return KnownPipelines(present: present.sorted(), missing: missing)
    }

    /// How much longer to wait for a pipeline, if each is waited for so long; nil if it was never there, or
    /// is not waited for any more.
    func wait(for name: String, grace: Duration, at now: Instant) -> Duration? {
        guard let since = since[name] else { return nil }
        let wait = since + grace - now
        return wait > .zero ? wait : nil
    }
}

/// Which pipelines there are and which are missing: `state/pipelines.json`, for the next daemon.
struct KnownPipelines: Hashable, Codable, Sendable {
    /// The layout of the file.
    var format = 1
    /// Those of the configuration in force.
    var present: [String]
    /// Those that were taken away, and when.
    var missing: [String: Timestamp]

    private static let fileName: FileName = "pipelines.json"

    /// What the last daemon knew; nil if there was none that wrote it down.
    static func read(in root: SpoolRoot) throws(Failure) -> KnownPipelines? {
        let subject = root[.state].subject(fileName)
        return try converting("read which pipelines there were, in") { () throws in
            guard try root[.state].contains(fileName) else { return nil }
            let bytes = try root[.state].open(entry: fileName).read(limit: RecordFile.limit)
            return try RecordFile.decode(Self.self, from: bytes, subject: subject)
        }
    }

    /// Puts it on record.
    func write(in root: SpoolRoot) throws(Failure) {
        let bytes = try RecordFile.encode(self, subject: "which pipelines there are")
        try converting("keep which pipelines there are, in") { () throws in
            try root[.state].write(
                bytes, to: Self.fileName, by: "pipelines.new", in: root[.state])
        }
    }
}

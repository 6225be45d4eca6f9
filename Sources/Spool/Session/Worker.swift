import Core
import Linux

/// A daemon, by a name that no other has, and what it can tell of those before it: whether one died over
/// a job, or only with the machine, or when it had been asked to stop and was not given the time.
public struct Worker: Sendable {
    /// Its name, as the records have it.
    public let name: String
    /// The boot of the machine that it works in; nil where that is not to be told.
    private let boot: String?
    /// The daemons that were asked to stop.
    private let stopped: Set<String>
    /// Why that is not known: then a death is counted that may be none, which is on the safe side.
    public let doubt: Failure?

    private static let fileName: FileName = "stopped.json"
    /// How many of them are remembered: jobs that an earlier one left may wait for long.
    private static let mostNames = 200

    /// A new daemon under `root`; `boot` is that of the machine.
    public init(in root: SpoolRoot, boot: String? = BootMoment.now?.boot) {
        name = String(UInt64.random(in: .min ... .max), radix: 36)
        self.boot = boot
        do throws(Failure) {
            stopped = Set(try Self.names(in: root))
            doubt = nil
        } catch {
            stopped = []
            doubt = error
        }
    }

    /// Whether the daemon that worked on a session last died over it. One that was asked to stop did not,
    /// nor one that went down with the machine.
    public func isDeath(_ record: SessionRecord) -> Bool {
        guard let last = record.worker, last != name, !stopped.contains(last) else { return false }
        guard let boot, let then = record.boot else { return true }
        return boot == then
    }

    /// Whether the next death over a session would be one too many. So that only the job that is at
    /// fault gets there, it is to run alone.
    public func isSuspect(_ record: SessionRecord) -> Bool {
        record.deaths + (isDeath(record) ? 1 : 0) >= SessionRecord.mostDeaths - 1
    }

    /// Puts on record that it works on a session now.
    public func begin(_ record: inout SessionRecord) {
        record.starts += 1
        if isDeath(record) { record.deaths += 1 }
        record.worker = name
        record.boot = boot
        record.parking = nil
    }

    /// Puts on record, durably, that it was asked to stop: if it is killed before it has, that is no job's
    /// fault.
    public func noteStop(in root: SpoolRoot) throws(Failure) {
        try converting("note the stop") {
            let names = ((try? Self.names(in: root)) ?? []).suffix(Self.mostNames - 1) + [name]
            try root[.state].write(
                RecordFile.encode(Array(names), subject: "the stop"), to: Self.fileName,
                by: "stopped.new", in: root[.state])
            try root[.state].sync()
        }
    }

    private static func names(in root: SpoolRoot) throws(Failure) -> [String] {
        let subject = root[.state].subject(fileName)
        return try converting("read which daemons were asked to stop, in") { () throws in
            guard try root[.state].contains(fileName) else { return [] }
            let bytes = try root[.state].open(entry: fileName).read(limit: RecordFile.limit)
            return try RecordFile.decode([String].self, from: bytes, subject: subject)
        }
    }
}

import Core
import Linux
import Resilience
import Spool

/// What is known of all providers and steps, as it is on disk: `state/providers.json`.
public struct ProviderRecord: Hashable, Codable, Sendable {
    /// The layout of the file; a reader refuses one it does not know.
    public var format = 1
    /// When it was written.
    public var saved: Timestamp
    /// The gates that were passed, or refused somebody, by the provider's name.
    public var providers: [String: ProviderGate.Snapshot]
    /// The steps that were tried, by pipeline and kind: `video/clip`.
    public var steps: [String: StepStatistics]

    /// Where it is, in `state/`.
    public static let name: FileName = "providers.json"
    /// What a damaged one is renamed to.
    public static let damagedName: FileName = "providers.json.damaged"
    private static let newName: FileName = "providers.new"
    /// More than the longest limits of a thousand providers a day take.
    private static let limit = 1 << 28

    /// The record under a root; nil if there is none yet. Throws a permanent failure if it is damaged.
    public static func read(in root: SpoolRoot) throws(Failure) -> ProviderRecord? {
        let subject = root[.state].subject(name)
        let bytes = try converting("read") { () throws in
            guard try root[.state].contains(name) else { return [UInt8]?.none }
            return try root[.state].read(name.display, limit: limit)
        }
        guard let bytes else { return nil }
        let record = try RecordFile.decode(ProviderRecord.self, from: bytes, subject: subject)
        let isPlausible =
            record.format == 1 && record.providers.values.allSatisfy(\.isPlausible)
            && record.steps.values.allSatisfy(\.isPlausible)
        guard isPlausible else {
            throw Failure(
                .permanent, code: "record_damaged", operation: "read", subject: subject,
                cause: "it holds what no daemon of this version writes")
        }
        return record
    }

    /// Puts it in the place of the last one, so that a power cut leaves the one or the other whole; durably or,
    /// as what is only counted, when the machine likes.
    public func write(in root: SpoolRoot, durably: Bool) throws(Failure) {
        let bytes = try RecordFile.encode(self, subject: root[.state].subject(Self.name))
        try converting("keep what is known of the providers in") { () throws in
            let state = root[.state]
            try state.write(bytes, to: Self.name, by: Self.newName, in: state)
            if durably { try root.sync.sync(state) }
        }
    }

    /// Sets a damaged one aside.
    public static func setAside(in root: SpoolRoot) throws(Failure) {
        try converting("set aside") { () throws in
            try root[.state].move(name, into: root[.state], replacing: damagedName)
        }
    }
}

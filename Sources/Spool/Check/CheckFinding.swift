import Core

/// Something about a root that is not as it has to be.
public struct CheckFinding: Sendable {
    /// What is wrong.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case missingDirectory = "missing_directory"
        case wrongMode = "wrong_mode"
        case wrongOwner = "wrong_owner"
        case otherFileSystem = "other_file_system"
        case notWritable = "not_writable"
        case unknownFile = "unknown_file"
        case leftover
        case claimedTwice = "claimed_twice"
        case claimWithoutSession = "claim_without_session"
        case sessionWithoutFile = "session_without_file"
        case damagedRecord = "damaged_record"
        case newerRecord = "newer_record"
        case unindexedID = "unindexed_id"
        case unknownOutput = "unknown_output"
        case missingOutput = "missing_output"
        case changedOutput = "changed_output"
        case fileWithoutReceipt = "file_without_receipt"
        case receiptWithoutFile = "receipt_without_file"
        case damagedReceipt = "damaged_receipt"
        case foreignReceipt = "foreign_receipt"
        case wrongReceipt = "wrong_receipt"
        case missingSession = "missing_session"
    }

    /// What became of it.
    public enum Status: String, Hashable, Codable, Sendable {
        case found, repaired, left
    }

    /// What is wrong.
    public var kind: Kind
    /// Where, relative to the root, fit for display.
    public var place: String
    /// The session it is about.
    public var session: SessionID?
    /// What is wrong, as a sentence.
    public var what: String
    /// What mends it, in this order; nothing if nothing can.
    var remedies: [Remedy] = []
    /// What a person can do where nothing else can, as a sentence.
    var advice: String?
    /// What became of it.
    public var status = Status.found
    /// Why it was left, if it was tried.
    public var reason: String?

    /// A directory that a root has to have is not there.
    static func missingDirectory(_ name: String) -> CheckFinding {
        CheckFinding(
            kind: .missingDirectory, place: name, what: "The directory is not there.",
            advice: "The daemon makes it when it starts, and so does 'reelctl fsck --repair'.")
    }

    /// The same, mended.
    public var repaired: CheckFinding {
        var finding = self
        finding.status = .repaired
        return finding
    }

    /// Something else is mounted on a directory of the root.
    static func mounted(_ name: String) -> CheckFinding {
        CheckFinding(
            kind: .otherFileSystem, place: name,
            what: "Something else is mounted on the directory.",
            advice: "Unmount it, or mount all of the root there instead.")
    }

    /// Whether it harms nobody: it may come of what an operator did on purpose.
    public var isHarmless: Bool { kind == .receiptWithoutFile }

    /// Why it matters, as a sentence.
    public var why: String {
        switch kind {
        case .missingDirectory: "The daemon cannot work without it."
        case .wrongMode, .wrongOwner:
            "Jobs cannot be dropped or taken up, or are open to those they are not meant for."
        case .notWritable: "Nothing can be put on record there, so no job goes on."
        case .otherFileSystem: "Jobs are moved by renames, which cross no mount."
        case .unknownFile:
            "Nobody looks at it there; it may be a job that was put in the wrong place."
        case .leftover: "It takes up room and is of no use any more."
        case .claimedTwice: "A job has one file, and where that is says how far the job is."
        case .claimWithoutSession: "The job has lost its session, and with it the name of its file."
        case .sessionWithoutFile: "Nothing makes the daemon go on with the job."
        case .damagedRecord: "Nobody can tell how far the job got or what belongs to it."
        case .newerRecord:
            "The daemon leaves the job alone: it does not know by which rules to go on."
        case .unindexedID: "Another file with the same id would be made as well."
        case .unknownOutput: "Whoever takes what is in final_output/ takes it for a result."
        case .missingOutput: "The receipt promises it."
        case .changedOutput: "It is not what was verified when it was published."
        case .fileWithoutReceipt: "Nobody can tell what became of the job."
        case .receiptWithoutFile:
            "It says what became of a job that was dropped again or removed: no harm."
        case .damagedReceipt: "Nobody can tell what became of the job."
        case .foreignReceipt:
            "It may say anything; nobody believes it, so nobody can tell what became of the job."
        case .wrongReceipt: "People and programs go by the receipt."
        case .missingSession:
            "What the receipt names is not there, and nobody removed it on purpose."
        }
    }

    /// What a repair does, as a sentence.
    public var repair: String {
        remedies.isEmpty
            ? "None. \(advice ?? "It has to be looked at by a person.")"
            : remedies.map(\.description).joined(separator: " ")
    }
}

extension CheckFinding: Encodable {
    private enum CodingKeys: String, CodingKey {
        case kind, place, session, what, why, repair, status, reason, harmless
    }

    /// Writes what there is to say.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(kind, forKey: .kind)
        try container.encode(place, forKey: .place)
        try container.encodeIfPresent(session, forKey: .session)
        try container.encode(what, forKey: .what)
        try container.encode(why, forKey: .why)
        try container.encode(repair, forKey: .repair)
        try container.encode(status, forKey: .status)
        try container.encodeIfPresent(reason, forKey: .reason)
        try container.encode(isHarmless, forKey: .harmless)
    }
}

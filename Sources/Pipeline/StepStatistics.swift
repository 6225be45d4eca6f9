import Core
import Resilience
import Spool

/// What became of the attempts at the steps of one kind.
public struct StepStatistics: Hashable, Codable, Sendable {
    /// Attempts that succeeded.
    public private(set) var finished = 0
    /// Attempts that failed; those that were broken off do not count.
    public private(set) var failed = 0
    /// How long they took.
    public private(set) var latency = LatencyHistogram()

    /// Nothing happened yet.
    public init() {}

    /// Counts an attempt.
    mutating func note(_ failure: Failure?, took: Duration) {
        switch failure?.kind {
        case nil: finished += 1
        case .cancelled: return
        case .transient, .unavailable, .permanent: failed += 1
        }
        latency.record(took)
    }

    /// Whether it can be counted on from.
    var isPlausible: Bool {
        (0...1 << 53).contains(finished) && (0...1 << 53).contains(failed)
    }

    /// What steps are counted together as: `video/clip` for `clip-07`.
    public static func kind(of step: String, in pipeline: String) -> String {
        if SessionRecord.isHookStep(step), let mark = step.lastIndex(of: ".") {
            // Those of all pipelines are the same.
            return "\(step[..<mark])/\(step[step.index(after: mark)...])"
        }
        let name = step.utf8.reversed().drop { (0x30...0x39).contains($0) }
        guard name.count < step.utf8.count, name.first == UInt8(ascii: "-") else {
            return "\(pipeline)/\(step)"
        }
        return "\(pipeline)/\(String(decoding: name.dropFirst().reversed(), as: UTF8.self))"
    }
}

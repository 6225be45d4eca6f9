import Core
import Linux
import Spool
import Synchronization

/// Removing what is not to be kept, beside the loop and at nobody's cost: not at the start, not for
/// longer than a fifth of the time, and without a message to the loop.
extension Supervisor {
    /// Goes by the configuration in effect from now on.
    func startRetention() {
        retentionTask?.cancel()
        let (root, configuration, activity) = (root, configuration, activity)
        retentionTask = Task(executorPreference: BlockingExecutor.upkeep, priority: .background) {
            let interval = Duration.seconds(configuration.retention.interval)
            while (try? await Task.sleep(for: interval)) != nil {
                await Self.applyRetention(configuration, root, activity)
            }
        }
    }

    private static func applyRetention(
        _ configuration: Configuration, _ root: SpoolRoot, _ activity: Activity
    ) async {
        let totals = Mutex(RetentionTotals())
        let pace = Mutex(ContinuousClock.now)
        let start = ContinuousClock.now
        let retention = Retention(
            root: root, policy: configuration.retentionPolicy,
            identity: configuration.jobIdentity(under: root),
            report: { item in
                totals.withLock { $0.add(item) }
                activity.record(.removed(item))
            },
            complain: { failure in
                activity.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
            },
            pause: {
                let spent = pace.withLock { ContinuousClock.now - $0 }
                try await Task.sleep(for: max(.milliseconds(10), spent * 4))
                pace.withLock { $0 = .now }
            })
        do throws(Failure) {
            // Somebody else at it, as `reelctl gc` may be, does the same.
            guard try await retention.run(at: .now) == nil else { return }
        } catch {
            guard error.kind != .cancelled else { return }
            activity.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
        }
        let sum = totals.withLock(\.self)
        guard !sum.isEmpty else { return }
        let elapsed = ContinuousClock.now - start
        activity.record(
            Event(
                .retentionApplied, "Removed \(sum) in \(elapsed.text).",
                [.duration: "\(elapsed.microseconds)"]))
    }
}

/// How much was removed.
public struct RetentionTotals: Hashable, Encodable, Sendable, CustomStringConvertible {
    /// Whole sessions.
    public private(set) var sessions = 0
    /// Directories of sessions that stay.
    public private(set) var directories = 0
    /// Files of ended jobs, with their receipts.
    public private(set) var jobFiles = 0
    /// The bytes of all of it.
    public private(set) var bytes = 0

    /// Nothing yet.
    public init() {}

    /// Whether nothing was removed.
    public var isEmpty: Bool { sessions == 0 && directories == 0 && jobFiles == 0 }

    /// Counts one more.
    public mutating func add(_ item: RetentionItem) {
        switch item.kind {
        case .session: sessions += 1
        case .directory: directories += 1
        case .jobFile: jobFiles += 1
        }
        bytes += item.bytes
    }

    /// `3 sessions, 1 directory and 2 job files, 1.9 MB`.
    public var description: String {
        func count(_ number: Int, _ one: String, _ many: String) -> String {
            "\(number) \(number == 1 ? one : many)"
        }
        return count(sessions, "session", "sessions") + ", "
            + count(directories, "directory", "directories") + " and "
            + count(jobFiles, "job file", "job files") + ", \(ByteCount(bytes))"
    }
}

extension RetentionItem {
    /// Why it is not kept, as the end of a sentence.
    public var why: String {
        switch reason {
        case .age: "it ended too long ago to be kept"
        case .count: "there are enough newer ones"
        case .bytes: "the newer ones have all the bytes there are for them"
        case .leftover: "an earlier removal was interrupted"
        }
    }
}

extension Event {
    /// Something is not kept any longer.
    static func removed(_ item: RetentionItem) -> Event {
        var fields: [Field: String] = [:]
        fields[.job] = item.job
        fields[.session] = item.session?.description
        let owner = item.kind == .jobFile ? "" : item.job.map { " of \($0)" } ?? ""
        return Event(
            .outputsRemoved,
            "Removed \(item.place)\(owner), \(ByteCount(item.bytes)): \(item.why).",
            fields)
    }
}

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
        retentionTask = Task(executorPreference: BlockingExecutor.upkeep) {
            let interval = Duration.seconds(configuration.retention.interval)
            var next = ContinuousClock.now + interval
            var clocks = ClockWatch(root: root, interval: interval, activity: activity)
            // The clocks are looked at more often: that one was set is to be known of things that were
            // made shortly before.
            while !Task.isCancelled {
                let reading = ClockReading.now
                let history = clocks.look(reading)
                if next <= .now {
                    let ages = Ages(at: reading, history, respite: interval)
                    await Self.applyRetention(configuration, ages, root, activity)
                    next = .now + interval
                }
                let pause = min(Self.clockInterval, max(.milliseconds(10), next - .now))
                guard (try? await Task.sleep(for: pause)) != nil else { return }
            }
        }
    }

    /// How often the clocks are looked at, at least.
    private static let clockInterval: Duration = .seconds(60)

    private static func applyRetention(
        _ configuration: Configuration, _ ages: Ages, _ root: SpoolRoot, _ activity: Activity
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
            guard try await retention.run(ages) == nil else { return }
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

/// Keeps what is known of the clocks, in memory and on disk.
private struct ClockWatch {
    let root: SpoolRoot
    let interval: Duration
    let activity: Activity
    private var history: ClockHistory?
    /// What is on disk.
    private var written = ClockHistory()
    private var hasComplained = false

    init(root: SpoolRoot, interval: Duration, activity: Activity) {
        self.root = root
        self.interval = interval
        self.activity = activity
    }

    /// Notes what the clocks say, and says in the log if one was set. That it cannot be put on record,
    /// as when the disk is full, keeps nothing from being removed.
    mutating func look(_ reading: ClockReading) -> ClockHistory {
        var known = history ?? ClockHistory()
        do throws(Failure) {
            if history == nil {
                known = try ClockHistory.read(in: root, at: reading)
                written = known
            }
            let news = known.note(reading)
            history = known
            if let news { activity.record(.clockSet(news, interval)) }
            if try known.write(in: root, over: written) { written = known }
            hasComplained = false
        } catch {
            if !hasComplained {
                activity.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
            }
            hasComplained = true
        }
        return known
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

extension ClockHistory.Jump: CustomStringConvertible {
    /// `set 2 h ahead`, as the end of a sentence.
    public var description: String {
        let way = seconds < 0 ? "back" : "ahead"
        let size = "\(Duration.seconds(abs(seconds)).text) \(way)"
        if seconds == 0 { return "no longer known to be right" }
        return isOverBoot
            ? "\(size) of when it was last seen, before the machine was started" : "set \(size)"
    }
}

extension Event {
    /// The wall clock says something else than it should.
    static func clockSet(_ jump: ClockHistory.Jump, _ interval: Duration) -> Event {
        Event(
            .clockJumped,
            "The clock is \(jump): for \(interval.text) nothing is removed for its age.")
    }

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

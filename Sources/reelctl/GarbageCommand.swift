import Core
import Daemon
import Glibc
import Linux
import Spool
import Synchronization

/// `reelctl gc`: removes what is not to be kept of jobs that have ended, as the daemon does.
struct GarbageCommand {
    private struct Result: Encodable {
        var dryRun: Bool
        var removed: [RetentionItem]
        /// What would go by the wall clock alone.
        var left: [RetentionItem]
        var totals: RetentionTotals
    }

    private let context: Context
    private let configuration: Configuration
    private let isDryRun: Bool

    init(_ context: Context, _ configuration: Configuration, isDryRun: Bool) {
        self.context = context
        self.configuration = configuration
        self.isDryRun = isDryRun
    }

    func run(_ operands: [String]) async throws {
        guard operands.isEmpty else { throw CommandLineArguments.Mistake("gc takes no operands.") }
        let root = try context.open()
        try converting("act for the daemon's user in") {
            let daemon = try DaemonUser(of: root[.state])
            try Privileges.become(daemon.user, daemon.group, at: root.path)
        }
        let (wantsJSON, isDryRun) = (context.wantsJSON, isDryRun)
        let removed = Mutex<[RetentionItem]>([])
        let left = Mutex<[RetentionItem]>([])
        let problems = Mutex<[Failure]>([])
        let retention = Retention(
            root: root, policy: configuration.retentionPolicy,
            identity: configuration.jobIdentity(under: root), isDryRun: isDryRun,
            report: { item in
                removed.withLock { $0.append(item) }
                if !wantsJSON {
                    writeLine("\(item.place)  \(ByteCount(item.bytes))  \(item.why)")
                }
            },
            spare: { item in left.withLock { $0.append(item) } },
            complain: { failure in
                problems.withLock { $0.append(failure) }
                writeLine("\(failure)", to: STDERR_FILENO)
            })
        let interval = Duration.seconds(configuration.retention.interval)
        let reading = ClockReading.now
        let known = try ClockHistory.read(in: root, at: reading)
        var history = known
        _ = history.note(reading)
        if !isDryRun { try history.write(in: root, over: known) }
        let jump = history.jump(within: interval, of: reading)
        if let held = try await retention.run(Ages(at: reading, history, respite: interval)) {
            let process = held.pid.map { "process \($0)" } ?? "another process"
            throw Failure(
                .transient, code: "gc_in_use", operation: "remove anything under",
                subject: root.path, cause: "\(process) already does", hint: "Try again later")
        }
        let items = removed.withLock(\.self)
        let doubtful = left.withLock(\.self)
        var totals = RetentionTotals()
        for item in items { totals.add(item) }
        if wantsJSON {
            let bytes = try RecordFile.encode(
                Result(dryRun: isDryRun, removed: items, left: doubtful, totals: totals),
                subject: "the result", inSnakeCase: true)
            write(String(decoding: bytes, as: UTF8.self))
        } else {
            for item in doubtful {
                let why = "left: only the wall clock says that it is old"
                writeLine("\(item.place)  \(why)")
            }
            if let jump {
                let rule = "for \(interval.text) nothing is removed for its age"
                write("The clock is \(jump): \(rule).\n")
            }
            write("\(isDryRun ? "Would remove" : "Removed") \(totals).\n")
        }
        if let problem = problems.withLock(\.first) { throw problem }
    }
}

import Core
import Daemon
import Glibc
import Linux
import Spool
import Synchronization
import Systemd

/// `reelctl gc`: removes what is not to be kept of jobs that have ended, as the daemon does.
struct GarbageCommand {
    private struct Result: Encodable {
        var dryRun: Bool
        var removed: [RetentionItem]
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
        let root = try converting("open the root") { try SpoolRoot(path: context.root) }
        try converting("act for the owner of the root") {
            try Privileges.become(ownerOf: root.directory)
        }
        let (wantsJSON, isDryRun) = (context.wantsJSON, isDryRun)
        let removed = Mutex<[RetentionItem]>([])
        let problems = Mutex<[Failure]>([])
        let retention = Retention(
            root: root, policy: configuration.retentionPolicy,
            identity: configuration.jobIdentity(under: root), isDryRun: isDryRun,
            report: { item in
                removed.withLock { $0.append(item) }
                if !wantsJSON {
                    write(
                        "\(item.place)  \(ByteCount(item.bytes))  \(item.why)".escapingControls
                            + "\n")
                }
            },
            complain: { failure in
                problems.withLock { $0.append(failure) }
                write("\(failure)".escapingControls + "\n", to: STDERR_FILENO)
            })
        if let held = try await retention.run(at: Timestamp.now) {
            let process = held.pid.map { "process \($0)" } ?? "another process"
            throw Failure(
                .transient, code: "gc_in_use", operation: "remove anything under",
                subject: root.path, cause: "\(process) already does", hint: "Try again later")
        }
        let items = removed.withLock(\.self)
        var totals = RetentionTotals()
        for item in items { totals.add(item) }
        if wantsJSON {
            let bytes = try RecordFile.encode(
                Result(dryRun: isDryRun, removed: items, totals: totals), subject: "the result",
                inSnakeCase: true)
            write(String(decoding: bytes, as: UTF8.self))
        } else {
            write("\(isDryRun ? "Would remove" : "Removed") \(totals).\n")
        }
        if let problem = problems.withLock(\.first) { throw problem }
    }
}

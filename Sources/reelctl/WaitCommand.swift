import Core
import Daemon
import Linux
import Spool

/// `reelctl wait`: returns when jobs have ended, and says how by its exit status.
struct WaitCommand {
    private let context: Context
    private let following: Following

    init(_ context: Context, _ following: Following) {
        self.context = context
        self.following = following
    }

    func run(_ operands: [String]) throws -> Int32 {
        guard !operands.isEmpty else {
            throw CommandLineArguments.Mistake("wait needs at least one TARGET.")
        }
        let targets = try Targets(context)
        let trackers = try operands.map { text in
            JobTracker(try targets.find(text), in: targets.root)
        }
        let results = try following.follow(trackers, in: targets.root)
        if context.wantsJSON {
            try writeJSON(["jobs": results])
        } else {
            for result in results { write("\(result.text)\n") }
        }
        return Status.worst(results.map(\.status))
    }
}

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

    func run(_ call: Invocation) throws -> Int32 {
        let targets = try Targets(context)
        let selection = try call.selection()
        // Whoever waits for all means what there is to wait for.
        let states =
            selection.isOfUnfinished ? SpoolDirectory.jobStates.filter(\.isOfUnfinished) : nil
        let matches =
            try targets.selected(by: call, among: states)
            ?? call.operands.map { try targets.find($0) }
        let trackers = matches.map { JobTracker($0, in: targets.root) }
        let results = try following.follow(trackers, in: targets.root)
        if context.wantsJSON {
            try writeJSON(["jobs": results])
        } else {
            for result in results { write("\(result.text)\n") }
        }
        return Status.worst(results.map(\.status))
    }
}

import Core
import Daemon
import Linux
import Spool

/// `reelctl pause` and `resume`: puts the file there that keeps the daemon from starting jobs, or
/// takes it away.
struct PauseCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    func pause(_ operands: [String]) throws {
        try expectNone(operands, "pause")
        let control = try root()[.control]
        try converting("pause, in") { () throws in _ = try control.create(ControlRequest.pause) }
        try tell(
            true, "Paused: no jobs are started until 'reelctl resume'. Those that run go on.\n")
    }

    func resume(_ operands: [String]) throws {
        try expectNone(operands, "resume")
        let control = try root()[.control]
        let wasPaused = try converting("resume, in") { () throws in
            let wasPaused = try control.remove(ControlRequest.pause)
            try control.sync()
            return wasPaused
        }
        try tell(
            false, wasPaused ? "Not paused any more: jobs are started.\n" : "It was not paused.\n")
    }

    private func root() throws(Failure) -> SpoolRoot {
        try converting("open the root") { () throws in try SpoolRoot(path: context.root) }
    }

    private func expectNone(_ operands: [String], _ command: String) throws {
        guard operands.isEmpty else {
            throw CommandLineArguments.Mistake("\(command) takes no operands.")
        }
    }

    private func tell(_ isPaused: Bool, _ text: String) throws(Failure) {
        if context.wantsJSON { try writeJSON(["paused": isPaused]) } else { write(text) }
    }
}

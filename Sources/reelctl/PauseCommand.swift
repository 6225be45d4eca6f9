import Core
import Daemon
import Glibc
import Linux
import Spool

/// `reelctl pause` and `resume`: puts the file there that keeps the daemon from starting jobs, or takes it
/// away; where it is another's, the daemon is asked to.
struct PauseCommand {
    private let context: Context
    private let patience: Duration

    init(_ context: Context, patience: Duration?) {
        self.context = context
        self.patience = patience ?? .seconds(30)
    }

    func pause() throws {
        let control = try root()[.control]
        let isNew = try converting("pause, in") { () throws in
            try control.create(ControlRequest.pause)
        }
        let pause = try current(in: control)
        let what =
            isNew
            ? "Paused" : "Paused already\(pause.map { ", by \($0.by) since \($0.since)" } ?? "")"
        try tell(
            pause, "\(what): no jobs are started until 'reelctl resume'. Those that run go on.")
    }

    func resume() throws -> Int32 {
        let root = try root()
        let control = root[.control]
        guard let pause = try current(in: control) else {
            try tell(nil, "It was not paused.")
            return Status.done
        }
        if try remove(from: control) {
            try tell(nil, "Not paused any more: jobs are started.")
            return Status.done
        }
        return try ask(root, toEnd: pause)
    }

    /// Whether the file is gone; not if it is another's.
    private func remove(from control: Directory) throws(Failure) -> Bool {
        try converting("resume, in") { () throws in
            do throws(SystemError) { try control.remove(ControlRequest.pause) } catch {
                guard [EPERM, EACCES].contains(error.errno) else { throw error }
                return false
            }
            try control.sync()
            return true
        }
    }

    private func ask(
        _ root: SpoolRoot, toEnd pause: PendingRequests.Pause
    ) throws -> Int32 {
        let control = root[.control]
        let changes = DirectoryChanges([control])
        let deadline = ContinuousClock.now + patience
        // One that is there already asks for the same.
        try converting("resume, in") { () throws in _ = try control.create(ControlRequest.resume) }
        func isRunning() -> Bool { (try? root.isLocked()) ?? true }
        func isPending() throws(Failure) -> Bool {
            try converting("look at the request in") { () throws in
                try control.contains(ControlRequest.resume)
            }
        }
        while isRunning(), .now < deadline, try isPending() {
            changes.wait(atMost: min(.seconds(1), deadline - .now))
        }
        let now = try current(in: control)
        if try isPending() {
            let isRunning = isRunning()
            try tell(
                now,
                isRunning
                    ? "The daemon has not done it yet; it will when it can."
                    : "It is paused by \(pause.by), and will not be any more when the daemon starts."
            )
            return isRunning ? Status.timeout : Status.done
        }
        guard let now else {
            try tell(nil, "Not paused any more: jobs are started. It was paused by \(pause.by).")
            return Status.done
        }
        try tell(now, "Paused again, by \(now.by) since \(now.since).")
        return Status.refused
    }

    private func current(in control: Directory) throws(Failure) -> PendingRequests.Pause? {
        try converting("look at the pause in") { () throws in
            try PendingRequests.Pause(in: control)
        }
    }

    private func root() throws(Failure) -> SpoolRoot {
        try context.open()
    }

    private struct Answer: Encodable {
        var paused: Bool
        var pause: PendingRequests.Pause?
    }

    private func tell(_ pause: PendingRequests.Pause?, _ text: String) throws(Failure) {
        if context.wantsJSON {
            try writeJSON(Answer(paused: pause != nil, pause: pause))
        } else {
            writeLine(text)
        }
    }
}

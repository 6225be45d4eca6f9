import Core
import Linux
import Spool

/// Ends a pause because somebody asks for it who may not remove the file of who paused: first that goes,
/// durably, then the request.
struct ResumeRunner: Sendable {
    let control: Directory
    let sync: GroupCommit
    let log: any EventLog
    /// What the request's file was when it was looked at.
    let status: FileStatus

    /// Does it. A pause that came after the request stays.
    func perform() throws(Failure) {
        try converting("end the pause by") {
            let objection = try ControlRequest.objection(
                to: ControlRequest.resume, status, in: control)
            let pause = try control.status(ControlRequest.pause)
            let user = UserAccount.text(status.owner)
            if let objection {
                log.record(
                    Event(.requestRefused, "Refused control/resume of \(user): \(objection)."))
            } else if let pause, pause.kind == .regular, pause.changed <= status.changed {
                try control.remove(ControlRequest.pause)
                try sync.sync(control)
                log.record(
                    Event(
                        .spoolResumed,
                        "Ended the pause of \(UserAccount.text(pause.owner)): \(user) asked for it."
                    ))
            }
            guard try control.status(ControlRequest.resume) == status else { return }
            try control.remove(ControlRequest.resume)
            try sync.sync(control)
        }
    }
}

import Core
import Linux
import Pipeline
import Spool

/// Carries out one request about a breaker, beside the supervisor's loop: first the effect, durably, then the
/// request's file goes.
struct BreakerRequestRunner: Sendable {
    let control: Directory
    let sync: GroupCommit
    let providers: ProviderBoard
    /// The providers there are.
    let known: [String]
    let log: any EventLog
    /// What is asked for.
    let request: BreakerRequest
    /// The file that asks for it.
    let file: FileName
    /// What that file was when it was looked at.
    let status: FileStatus

    /// Does it, or says why not.
    func perform() throws(Failure) {
        let user = UserAccount.text(status.owner)
        let objection = try converting("look at") { () throws in
            try ControlRequest.objection(to: file, status, in: control)
        }
        if let objection {
            return try refuse(user, objection)
        }
        guard known.contains(request.provider) else {
            return try refuse(
                user, "there is no such provider; there are \(known.joined(separator: ", "))")
        }
        let isNew = providers.operate(request.verb, on: request.provider, by: user)
        try withdraw()
        if !isNew {
            log.record(
                Event(
                    .requestRefused, "Nothing done for \(file.display): it is so already.",
                    [.provider: request.provider], priority: .notice))
        }
    }

    private func refuse(_ user: String, _ reason: String) throws(Failure) {
        try withdraw()
        log.record(Event(.requestRefused, "Refused \(file.display) of \(user): \(reason)."))
    }

    private func withdraw() throws(Failure) {
        try converting("remove the request") {
            guard try control.status(file) == status else { return }
            try control.remove(file)
            try sync.sync(control)
        }
    }
}

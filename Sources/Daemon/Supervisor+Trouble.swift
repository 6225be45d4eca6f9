import Core
import Linux
import Spool

/// Conditions of the file system that everything under the root is on: read-only, full, failing, or not one
/// any more. The first that meets one tells of it; then it is tried now and then until it is over, and what can
/// only fail is not begun meanwhile.
extension Supervisor {
    /// How long what was tried well is not tried again.
    private static let probePause: Duration = .seconds(1)

    func probeIfDue() {
        guard activity.isTroubled, !isProbing, !isDraining, nextProbe <= .now else { return }
        isProbing = true
        let probe = RootProbe(root: root)
        Task(executorPreference: BlockingExecutor.upkeep) { [mailbox] in
            do throws(Failure) {
                try probe.checkHealth()
                mailbox.report(.probed(nil))
            } catch {
                mailbox.report(.probed(error))
            }
        }
    }

    func probed(_ failure: Failure?) {
        isProbing = false
        if let failure, failure.isOfTheFileSystem {
            nextProbe = .now + Self.respite
            complain(failure)
            trouble = failure
            return
        }
        nextProbe = .now + Self.probePause
        activity.troubleIsOver()
        // Otherwise it was that of a single file, or over at once.
        guard trouble != nil else { return }
        trouble = nil
        activity.record(
            Event(
                .admissionOpened,
                "\(root.path) can be worked under again: going on with all jobs."))
        startAgain = .now
        for index in retries.indices { retries[index].0 = .now }
        lookThroughInbox()
    }

    /// Whether anything can be gone on with. A mount over the inbox is in the way of new jobs alone.
    var canWork: Bool { trouble.map { $0.code == "other_file_system" } ?? true }
}

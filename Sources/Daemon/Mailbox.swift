import Core
import Linux
import Resilience
import Spool
import Synchronization

/// What the supervisor is told, from wherever.
///
/// What others can multiply is told by a flag, however often it is said, so that no crowd of it comes
/// between the supervisor and the rest. Only what the daemon's own tasks report is kept one by one:
/// there are as many reports as there are tasks at work.
final class Mailbox: Sendable {
    /// Something that has happened once.
    enum Report: Sendable {
        /// These files of the inbox were looked at.
        case examined(Examination)
        /// The parked jobs, and when their files say that each is due.
        case parkedFilesRead([(SessionID, Timestamp)])
        /// A file has left the inbox; its name may mean another one from now on. The job of this
        /// number works on the session it became, if it became one.
        case claimed(Int, FileName, SessionID?)
        /// The task of the job of this number has ended.
        case jobEnded(Int, JobRunner.Ending)
        /// A file was filed under `rejected/`, or could not be.
        case rejectionEnded(FileName, FileStatus, Failure?)
        /// The files in `control/`, the oldest first.
        case requestsRead([FileName])
        /// What the requests are about that could not be told at once.
        case targetFound(FileName, Swift.Result<JobLookup.Result, Failure>)
        /// The claimed jobs were looked for; nil if that did not work.
        case jobsLearned(JobIndex.Lesson?)
        /// What was no request is removed from `control/`.
        case straysRemoved
        /// The request in this file was carried out, or could not be. A session may be there to be
        /// taken up.
        case requestEnded(FileName, Swift.Result<SessionID?, Failure>)
        /// The breaker of a provider has changed its state.
        case breakerChanged(String, CircuitBreaker.State)
        /// The file system was tried; it is as it should be if this is nil.
        case probed(Failure?)
        /// The configuration was read again, or could not be.
        case configurationRead(Swift.Result<Configuration, Failure>)
    }

    /// Something to see to, however often it is said.
    enum Flag: Hashable, Sendable {
        /// A watch has something to say.
        case hints
        /// Something was mounted or unmounted.
        case mountsChanged
        /// Something is due.
        case alarm
        /// There is more to look at.
        case goOn
        /// What `systemctl status` shows may have changed, or somebody wants the loop to go round.
        case figuresChanged
        /// What readers are to see could not be written.
        case snapshotFailed
        /// The time for running jobs to end is over.
        case drainTimeIsOver
    }

    /// What was said since the last look.
    struct Mail: Sendable {
        /// Signals, each at most twice.
        var signals: [Int32] = []
        /// Flags.
        var flags: Set<Flag> = []
        /// Reports, the first to come first.
        var reports: [Report] = []

        fileprivate var isEmpty: Bool { signals.isEmpty && flags.isEmpty && reports.isEmpty }
    }

    private struct State {
        var mail = Mail()
        var waiting: CheckedContinuation<Mail, Never>?

        mutating func takeMail() -> Mail {
            let taken = mail
            mail = Mail()
            return taken
        }
    }

    private let state = Mutex(State())

    /// Passes a report on.
    func report(_ report: Report) { put { $0.reports.append(report) } }

    /// Raises a flag.
    func raise(_ flag: Flag) { put { $0.flags.insert(flag) } }

    /// Passes a signal on. Asked for three times, a thing is not more urgent than twice.
    func signal(_ number: Int32) {
        put { mail in
            if mail.signals.count(where: { $0 == number }) < 2 { mail.signals.append(number) }
        }
    }

    private func put(_ change: (inout Mail) -> Void) {
        let woken = state.withLock { state -> (CheckedContinuation<Mail, Never>, Mail)? in
            change(&state.mail)
            guard !state.mail.isEmpty, let waiting = state.waiting else { return nil }
            state.waiting = nil
            return (waiting, state.takeMail())
        }
        if let (waiting, mail) = woken { waiting.resume(returning: mail) }
    }

    /// All that was said since the last call, as soon as there is anything. For one reader.
    func next() async -> Mail {
        await withCheckedContinuation { continuation in
            let mail = state.withLock { state -> Mail? in
                guard state.mail.isEmpty else { return state.takeMail() }
                state.waiting = continuation
                return nil
            }
            if let mail { continuation.resume(returning: mail) }
        }
    }
}

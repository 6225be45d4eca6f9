import Core
import Daemon
import Glibc
import Linux
import Pipeline
import Spool

/// `reelctl cancel`, `hold`, `release` and `retry`: asks the daemon for something by a file in
/// `control/`, and says what came of it.
struct ControlCommand {
    /// What came of one request.
    private struct Answer: Encodable {
        enum Result: String, Encodable { case done, pending, refused, impossible }

        var target: String
        var verb: ControlRequest.Verb
        var result: Result
        var message: String
        var job: String
        var session: SessionID?
        var state: SpoolDirectory?
    }

    /// A request that was made.
    private struct Request {
        var text: String
        var found: JobLookup.Found
        /// Knows the job wherever it goes.
        var tracker: JobTracker
        var file: FileName
        var status: FileStatus?
        /// The receipt as it was before, by which a second failure is told from the first.
        var receipt: FileStatus?
    }

    private let context: Context
    private let verb: ControlRequest.Verb
    private let patience: Duration
    /// What the daemon is to be told beside that.
    private let words: String?
    /// The hooks that the daemon has, as far as that is known.
    private let hooks: Hooks?

    init(
        _ context: Context, _ verb: ControlRequest.Verb, patience: Duration?,
        words: String? = nil, hooks: Hooks? = nil
    ) {
        self.context = context
        self.verb = verb
        self.patience = patience ?? .seconds(30)
        self.words = words
        self.hooks = hooks
    }

    func run(_ call: Invocation) throws -> Int32 {
        let targets = try Targets(context)
        let root = targets.root
        // All are found and checked before anything is asked for.
        var answers: [Answer] = []
        let found =
            try selected(by: call, targets) ?? named(call.operands, targets, &answers)
        if call.has("--dry-run") {
            for (text, match) in found {
                let would = "would be \(participle(match.found, targets))"
                answers.append(
                    answer(text, match.found, .done, would, match.found.place.directory))
            }
            try print(answers)
            return Status.worst(
                answers.map { $0.result == .done ? Status.done : Status.impossible })
        }
        let changes = DirectoryChanges([root[.control]])
        let deadline = ContinuousClock.now + patience
        var requests: [Request] = []
        for (text, match) in found {
            requests.append(try make(text, match, in: root, changes, until: deadline, targets))
        }
        while true {
            requests = try requests.filter { request in
                guard try isTaken(request, in: root) else { return true }
                answers.append(try outcome(of: request, targets))
                return false
            }
            guard !requests.isEmpty, targets.daemonRuns, .now < deadline else { break }
            changes.wait(atMost: min(.seconds(1), deadline - .now))
        }
        let runs = targets.daemonRuns
        for request in requests {
            let what = participle(request.found, targets)
            let when = runs ? "has not been \(what) yet" : "will be \(what) when the daemon starts"
            answers.append(answer(request.text, request.found, .pending, when, nil))
        }
        try print(answers)
        return Status.worst(
            answers.map { answer in
                switch answer.result {
                case .done: Status.done
                case .pending: runs ? Status.timeout : Status.done
                case .refused: Status.refused
                case .impossible: Status.impossible
                }
            })
    }

    /// The jobs that words mean, one each; what need not or cannot be done with them is answered.
    private func named(
        _ operands: [String], _ targets: Targets, _ answers: inout [Answer]
    ) throws(Failure) -> [(String, JobFinder.Match)] {
        var found: [(String, JobFinder.Match)] = []
        for text in operands {
            let match = try targets.find(text, for: verb)
            let job = match.found
            switch ControlPlan(verb, job.place) {
            case .perform where objection(job, targets) != nil:
                let reason = objection(job, targets) ?? ""
                answers.append(answer(text, job, .impossible, reason, job.place.directory))
            case .perform:
                try checkOwner(of: job, daemon: targets.lookup.daemon)
                found.append((text, match))
            case .alreadySo(let reason):
                answers.append(answer(text, job, .done, reason, job.place.directory))
            case .impossible(let reason):
                answers.append(answer(text, job, .impossible, reason, job.place.directory))
            }
        }
        return found
    }

    /// The jobs that patterns and options choose, of those that this user may steer; nil if there are none.
    private func selected(
        by call: Invocation, _ targets: Targets
    ) throws -> [(String, JobFinder.Match)]? {
        guard let matches = try targets.selected(by: call, for: verb) else { return nil }
        let own = matches.filter { match in
            ControlRequest.mayBeMade(
                verb, by: geteuid(), owner: match.found.owner, daemon: targets.lookup.daemon)
        }
        // Said only where nobody asked for one's own.
        if own.count < matches.count {
            let count = matches.count - own.count
            writeLine(
                "Left \(count) of others: only the owner, root and the user of the daemon may.",
                to: STDERR_FILENO)
        }
        return own.filter { objection($0.found, targets) == nil }.map { ($0.found.job, $0) }
    }

    /// Why it makes no sense for a job, by what is on record of it; nil if it does.
    private func objection(_ job: JobLookup.Found, _ targets: Targets) -> String? {
        if verb.isForAll, !targets.awaitsReview(job) { return "does not wait for review" }
        guard verb == .retryHooks else { return nil }
        let nothing = "has no hook to be called again"
        // What was never claimed has called none, whatever hooks there are.
        guard let record = targets.record(of: job) else { return nothing }
        guard let hooks else { return nil }
        return hooks.areToBeCalledAgain(of: record) ? nil : nothing
    }

    /// What becomes of a job. One whose hooks are called is made: it can be filed without the rest of them.
    private func participle(_ job: JobLookup.Found, _ targets: Targets) -> String {
        guard verb == .cancel, case .session = job.place, targets.record(of: job)?.outcome != nil
        else { return verb.participle }
        return "filed without the rest of its hooks"
    }

    private func checkOwner(of job: JobLookup.Found, daemon: UInt32) throws(Failure) {
        guard
            ControlRequest.mayBeMade(
                verb, by: geteuid(), owner: job.owner, daemon: daemon)
        else {
            throw Failure(
                .permanent, code: "no_permission", operation: verb.rawValue, subject: job.job,
                cause: "it is the job of \(UserAccount.text(job.owner))",
                hint: "Only the owner, root and the user of the daemon may")
        }
    }

    /// Puts the request there, durably. One of our own that is there already is waited for first: it may
    /// be about what is past. Whatever else has its name is in nobody's way.
    private func make(
        _ text: String, _ match: JobFinder.Match, in root: SpoolRoot, _ changes: DirectoryChanges,
        until deadline: ContinuousClock.Instant, _ targets: Targets
    ) throws(Failure) -> Request {
        let job = match.found
        let target: ControlRequest.Target =
            switch job.place {
            case .session(let id, _): .session(id)
            case .waiting(let name, _), .ended(let name, _): .file(name)
            }
        let wanted = ControlRequest(verb, target)
        guard let file = wanted.fileName else {
            throw Failure(
                .permanent, code: "bad_name", operation: "ask for", subject: text,
                cause: "its name is too long for a request", hint: "Use the session's id")
        }
        let tracker = JobTracker(match, in: root)
        var request = Request(text: text, found: job, tracker: tracker, file: file)
        if case .ended(let name, let state) = job.place {
            request.receipt = (try? root[state].status("\(name.text ?? "").receipt")) ?? nil
        }
        while true {
            let made = try converting("ask for it in") { () throws in
                try make(request.file, in: root[.control])
            }
            let status = try converting("ask for it in") { () throws in
                try root[.control].status(request.file)
            }
            // Taken already is as good as made.
            if made { return with(request, status) }
            guard let status else { continue }
            if status.owner != geteuid() || status.kind != .regular {
                let word = String(UInt64.random(in: .min ... .max), radix: 36)
                request.file = wanted.fileName(word: word) ?? file
                continue
            }
            if !targets.daemonRuns { return with(request, status) }
            guard .now < deadline else { throw occupied(text) }
            changes.wait(atMost: min(.seconds(1), deadline - .now))
        }
    }

    /// Makes the file of a request, whole when it is there; false if there is one.
    private func make(_ file: FileName, in control: Directory) throws(SystemError) -> Bool {
        guard let words else { return try control.create(file) }
        let temporary = FileName(".\(String(UInt64.random(in: .min ... .max), radix: 36))")
        guard try control.create(temporary) else { return false }
        do throws(SystemError) {
            try control.write(Array((ControlRequest.because + words).utf8), to: temporary)
            if try control.rename(temporary, into: control, as: file) {
                try control.sync()
                return true
            }
        } catch {
            _ = try? control.remove(temporary)
            throw error
        }
        try control.remove(temporary)
        return false
    }

    private func with(_ request: Request, _ status: FileStatus?) -> Request {
        var request = request
        request.status = status
        return request
    }

    private func occupied(_ text: String) -> Failure {
        Failure(
            .transient, code: "occupied", operation: "ask for", subject: text,
            cause: "you have asked for the same",
            hint: "Try again when the daemon has answered that")
    }

    private func isTaken(_ request: Request, in root: SpoolRoot) throws(Failure) -> Bool {
        let status = try converting("look at the request") { () throws in
            try root[.control].status(request.file)
        }
        return status == nil || status?.identity != request.status?.identity
    }

    /// What came of a request that the daemon has taken, by where the job is now.
    private func outcome(of request: Request, _ targets: Targets) throws(Failure) -> Answer {
        let root = targets.root
        var job = request.found
        var tracker = request.tracker
        var sighting = try tracker.look()
        var isDone = false
        switch (verb, job.place) {
        case (.cancel, _):
            if case .ended(let end) = sighting { isDone = end.isCancelled }
        case (.hold, _): isDone = sighting.directory == .held
        case (.release, _): isDone = sighting.directory != .held
        case (.retry, .ended(let name, let state)), (.retryHooks, .ended(let name, let state)):
            let receipt = (try? root[state].status("\(name.text ?? "").receipt")) ?? nil
            let isThere = (try? root[state].contains(name)) ?? false
            isDone = !isThere || receipt != request.receipt
            if isDone, let again = try? targets.again(job) {
                tracker = JobTracker(again, in: root)
                sighting = try tracker.look()
                // It may be a new job, in another session or none yet.
                job.session = again.found.session
            }
        case (.retry, _), (.retryHooks, _): break
        case (.approve, _), (.reject, _):
            let review = targets.record(of: job)?.review
            isDone = review?.verdict == (verb == .approve ? .approved : .rejected)
            if isDone, let by = review?.by, by != UserAccount.text(geteuid()) {
                let reason = "had been \(verb.participle) by \(by) already"
                return answer(request.text, job, .done, reason, sighting.directory)
            }
        }
        let state = sighting.directory
        if isDone {
            return answer(request.text, job, .done, "has been \(verb.participle)", state)
        }
        let record = targets.record(of: job)
        if verb == .cancel, record?.hooks?.values.contains(where: \.isCancelled) == true {
            let reason = "had ended and has been filed without the rest of its hooks"
            return answer(request.text, job, .done, reason, state)
        }
        if case .ended(let end) = sighting, verb != .retry, verb != .retryHooks {
            let reason = "had ended (\(end.state.rawValue)) before it could be \(verb.participle)"
            return answer(request.text, job, .impossible, reason, state)
        }
        let reason = "was not \(verb.participle): the daemon's log says why"
        return answer(request.text, job, .refused, reason, state)
    }

    private func answer(
        _ text: String, _ job: JobLookup.Found, _ result: Answer.Result, _ message: String,
        _ state: SpoolDirectory?
    ) -> Answer {
        Answer(
            target: text, verb: verb, result: result, message: message, job: job.job,
            session: job.session, state: state)
    }

    private func print(_ answers: [Answer]) throws(Failure) {
        if context.wantsJSON {
            try writeJSON(["requests": answers])
            return
        }
        for answer in answers {
            let session = answer.session.map { " (\($0))" } ?? ""
            let text = "\(answer.job)\(session) \(answer.message)"
            let isGood = answer.result == .done || answer.result == .pending
            writeLine(text, to: isGood ? STDOUT_FILENO : STDERR_FILENO)
        }
    }
}

extension ControlRequest.Verb {
    /// `cancelled`.
    var participle: String {
        switch self {
        case .cancel: "cancelled"
        case .hold: "held"
        case .release: "released"
        case .retry: "retried"
        case .retryHooks: "taken up again for its hooks"
        case .approve: "approved"
        case .reject: "rejected"
        }
    }
}

extension JobTracker.Sighting {
    /// The directory its file is in.
    var directory: SpoolDirectory? {
        switch self {
        case .waiting(let state), .claimed(_, let state): state
        case .ended(let end): end.state
        case .gone: nil
        }
    }
}

import Core
import Glibc
import Linux
import Pipeline
import Spool

/// Carries out one request, once it is decided on, beside the supervisor's loop: first the effect,
/// durably, then the request's file goes. A crash in between makes it be looked at again, and then
/// it finds that it is so already.
struct RequestRunner: Sendable {
    let runner: JobRunner
    let control: Directory
    /// What is asked for.
    let request: ControlRequest
    /// The file that asks for it.
    let file: FileName
    /// What that file was when it was looked at.
    let status: FileStatus

    /// Does what is asked for about the job that was found. Returns the session that is to be taken
    /// up now.
    func perform(on found: JobLookup.Found) async throws(Failure) -> SessionID? {
        var session = found.session
        switch request.verb {
        case .cancel: try await cancel(found)
        case .hold:
            if let obstacle = try await hold(found) {
                try refuse(obstacle)
                return session
            }
        case .release: try release(found)
        case .retry: session = try await retry(found)
        case .retryHooks:
            guard let taken = try await retryHooks(found) else {
                try dismiss("none of its hooks is to be called again")
                return nil
            }
            session = taken
        case .approve, .reject:
            if let objection = try await review(found) {
                try refuse(objection)
                return session
            }
        }
        try withdraw(durably: true)
        return session
    }

    /// What there is to say of a request that is not carried out: why, as a part of a sentence.
    enum Answer: Sendable {
        /// It is not to be done.
        case refuse(String)
        /// There is nothing to do.
        case dismiss(String)
    }

    /// Says it, and then removes the request: who sees it gone finds the reason in the journal. After a
    /// crash in between it is said once more.
    func give(_ answer: Answer) throws(Failure) {
        switch answer {
        case .refuse(let reason): try refuse(reason)
        case .dismiss(let reason): try dismiss(reason)
        }
    }

    /// There is nothing to do but to say so; and, where a job was retried, to see that no receipt
    /// lies around that a crash or whoever moved the file by hand has left.
    private func dismiss(_ reason: String) throws(Failure) {
        if request.verb == .retry || request.verb == .retryHooks {
            let lookup = JobLookup(root: root, inbox: runner.inbox)
            for state in [SpoolDirectory.failed, .rejected] {
                let names = try lookup.namesOfStaleReceipts(of: request.target, in: state)
                for name in names {
                    try runner.archive.removeStaleReceipt(of: name, in: state)
                }
            }
        }
        log(
            .requestRefused, "Nothing done for \(file.display): \(reason).",
            [.job: request.target.name.display], priority: .notice)
        try withdraw()
    }

    /// It is not to be done.
    private func refuse(_ reason: String) throws(Failure) {
        log(
            .requestRefused,
            "Refused \(file.display) of \(UserAccount.text(status.owner)): \(reason).",
            [.job: request.target.name.display])
        try withdraw()
    }

    /// Removes the request, unless it is another one of that name by now. Durably, if a crash must not
    /// have it carried out a second time.
    private func withdraw(durably: Bool = false) throws(Failure) {
        try converting("remove the request") {
            // Whatever was done to it meanwhile, such as by touch(1), which makes a file and then sets its times.
            guard try control.status(file)?.identity == status.identity else { return }
            try control.remove(file)
            if durably { try root.sync.sync(control) }
        }
    }

    private var root: SpoolRoot { runner.root }

    private func directory(_ state: SpoolDirectory) -> Directory {
        state == .inbox ? runner.inbox : root[state]
    }

    private var who: String { UserAccount.text(status.owner) }

    private func log(
        _ kind: EventKind, _ message: String, _ fields: [Event.Field: String],
        priority: Event.Priority? = nil
    ) {
        runner.environment.log.record(Event(kind, message, fields, priority: priority))
    }

    private func fields(
        _ found: JobLookup.Found, _ state: SpoolDirectory
    ) -> [Event.Field: String] {
        var fields: [Event.Field: String] = [.job: found.job, .state: state.rawValue]
        fields[.session] = found.session?.description
        return fields
    }
}

extension RequestRunner {
    private func cancel(_ found: JobLookup.Found) async throws(Failure) {
        let failure = Failure.cancelled(by: status.owner)
        switch found.place {
        case .session(let id, _): try await runner.cancel(id, because: failure)
        case .waiting(let name, let state):
            let source = directory(state)
            let arrived = try converting("look at \(name.display):") { try source.status(name) }
                .map { Timestamp(secondsSince1970: $0.modified) }
            let receipt = Receipt(
                cancelling: name, because: failure, arrived: arrived,
                at: runner.environment.now(), .now)
            let filed = try runner.archive.file(name, of: source, droppedAs: name, receipt)
            if filed != nil {
                log(
                    .jobCancelled, "Cancelled \(name.display): \(failure.cause).",
                    fields(found, .failed))
            }
        case .ended: break
        }
    }

    /// Sets a job aside; returns what is in the way, as the end of a sentence.
    private func hold(_ found: JobLookup.Found) async throws(Failure) -> String? {
        let isHeld: Bool
        switch found.place {
        case .session(let id, _):
            switch try await runner.hold(id) {
            case .held: isHeld = true
            case .ended: isHeld = false
            case .obstructed: return "another file is in its place, held/\(id).json"
            }
        case .waiting(let name, _):
            isHeld = try move(name, from: runner.inbox, to: root[.held])
        case .ended: isHeld = false
        }
        if isHeld {
            log(.jobHeld, "Held \(found.job): \(who) asked for it.", fields(found, .held))
        }
        return nil
    }

    private func release(_ found: JobLookup.Found) throws(Failure) {
        let isReleased: Bool
        switch found.place {
        case .session(let id, _): isReleased = try runner.release(id)
        case .waiting(let name, _):
            isReleased = try move(name, from: root[.held], to: runner.inbox)
        case .ended: isReleased = false
        }
        if isReleased {
            let state: SpoolDirectory = found.session == nil ? .inbox : .active
            log(.jobReleased, "Released \(found.job): \(who) asked for it.", fields(found, state))
        }
    }

    /// Moves a waiting file, to its name or the next that is free.
    private func move(
        _ name: FileName, from source: Directory, to target: Directory
    ) throws(Failure) -> Bool {
        try converting("move \(name.display) to \(target.path):") {
            guard try source.contains(name) else { return false }
            _ = try source.rename(name, intoFreeNameOf: target)
            try root.sync.sync(target)
            try root.sync.sync(source)
            return true
        }
    }

    private func retry(_ found: JobLookup.Found) async throws(Failure) -> SessionID? {
        guard case .ended(let name, let state) = found.place else { return nil }
        if state == .failed,
            let session = try await runner.resumable(name, owner: found.owner)
        {
            // Before the file is back, so that no outcome of yesterday is found on record then.
            try session.update { $0.reopen() }
            if try runner.archive.takeBack(name, from: state, as: session.id) {
                let count = session.record.finishedSteps
                log(
                    .jobRetried,
                    "Retrying \(found.job) in \(session.id) with \(count) finished steps: \(who) asked for it.",
                    fields(found, .active))
                return session.id
            }
            // Somebody has taken its file meanwhile: it has ended as it had before.
            try session.update { $0.closeAgain() }
            try dismiss("its file is not in \(state.rawValue)/ any more")
            return nil
        }
        guard
            let waiting = try runner.archive.takeBack(
                name, from: state, into: runner.inbox)
        else { return nil }
        log(
            .jobRetried,
            "Retrying \(found.job) as a new job, inbox/\(waiting.display): \(who) asked for it.",
            [.job: found.job, .state: SpoolDirectory.inbox.rawValue])
        return nil
    }

    /// Takes an ended job back to call those of its hooks that failed, or were not there yet; nil if there is none.
    private func retryHooks(_ found: JobLookup.Found) async throws(Failure) -> SessionID? {
        guard case .ended(let name, let state) = found.place,
            let session = try await runner.sessionForHooks(name, in: state, owner: found.owner)
        else { return nil }
        let before = session.record
        let now = runner.environment.now()
        try session.update { record in
            record.forgetHooks(failedAlone: true)
            record.hooksAsked = now
        }
        guard try runner.archive.takeBack(name, from: state, as: session.id) else {
            try session.update { $0 = before }
            return nil
        }
        log(
            .jobRetried, "Calling hooks of \(found.job) again: \(who) asked for it.",
            fields(found, .active))
        return session.id
    }

    /// Gives a verdict; returns why it cannot be given, as the end of a sentence.
    private func review(_ found: JobLookup.Found) async throws(Failure) -> String? {
        guard case .session(let id, _) = found.place else { return "it is not being made" }
        let verdict: SessionRecord.Review.Verdict =
            request.verb == .approve ? .approved : .rejected
        let words: String?
        switch reason {
        case .none: words = nil
        case .words(let text): words = text
        case .other: return "it does not begin with '\(ControlRequest.because)'"
        }
        switch try await runner.review(id, verdict, by: who, because: words) {
        case .objection(let objection): return objection
        case .again: break
        case .given:
            log(
                .jobReviewed,
                "\(found.job) was looked at and \(verdict.rawValue) by \(who)\(words.map { ": \($0)" } ?? "").",
                fields(found, .active))
        }
        return nil
    }

    /// Why something is asked for.
    private enum Reason {
        /// It is not said.
        case none
        /// In one line.
        case words(String)
        /// The file says something else.
        case other
    }

    /// What the request's file says. Anybody may have written it; and whoever made it by hand may be writing it just
    /// now.
    private var reason: Reason {
        guard let file = try? control.open(entry: self.file),
            (try? file.status())?.identity == status.identity
        else { return .none }
        var waits = 0
        while let status = try? file.status(), waits < Self.mostWaits {
            // Where the kernel does not tell, one that was made a moment ago may be.
            let age = Timestamp.now.secondsSince1970 - status.changed
            if file.hasNoWriter() ?? (age > 1) { break }
            usleep(10_000)
            waits += 1
        }
        let bytes = (try? file.read(limit: ControlRequest.mostWords)) ?? []
        let said = String(decoding: bytes, as: UTF8.self)
        if said.allSatisfy(\.isWhitespace) { return .none }
        guard said.hasPrefix(ControlRequest.because) else { return .other }
        let text = said.dropFirst(ControlRequest.because.count)
            .split(whereSeparator: { $0.isWhitespace || $0.isNewline }).joined(separator: " ")
            .escapingControls
        return text.isEmpty ? .none : .words(text)
    }

    /// How often it is waited for a writer, a hundredth of a second each time.
    private static let mostWaits = 200
}

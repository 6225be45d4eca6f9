import Core
import Linux
import Spool

/// What has to be done about requests beside deciding on them: finding out which jobs there are, and
/// removing what is no request.
extension Supervisor {
    /// Looks for the claimed jobs, beside the loop, if a request needs to know them all.
    func learnIfDue() {
        guard lessons.isDue else { return }
        lessons.begin()
        let (root, known, activity) = (root, index.known, activity)
        Task(executorPreference: BlockingExecutor.requests) { [mailbox] in
            do throws(Failure) {
                mailbox.report(.jobsLearned(try JobIndex.look(in: root, besides: known)))
            } catch {
                activity.record(Event(.spoolProblem, "\(error)", [.error: error.code]))
                mailbox.report(.jobsLearned(nil))
            }
        }
    }

    func learned(_ lesson: JobIndex.Lesson?) {
        lessons.finish()
        if let lesson { index.learn(lesson) }
        desk.lookAgainAtWaiting()
    }

    /// Removes what lies in `control/` and is no request, so that it is in nobody's way: beside the loop, all
    /// there is by now at once, and said in one line.
    func removeStrays() {
        guard !isRemovingStrays, !desk.strays.isEmpty else { return }
        isRemovingStrays = true
        let names = desk.strays.popFirst(.max)
        let removal = StrayRemoval(directory: desk.directory, names: names)
        let activity = activity
        Task(executorPreference: BlockingExecutor.upkeep) { [mailbox] in
            if let sentence = removal.perform() {
                activity.record(Event(.requestRefused, sentence))
            }
            // A crowd of them comes in many parts: not a line for each.
            try? await Task.sleep(for: .seconds(1))
            mailbox.report(.straysRemoved)
        }
    }
}

/// Removes things that are no requests from `control/`.
struct StrayRemoval: Sendable {
    let directory: Directory
    let names: [FileName]

    /// How many are named.
    private static let mostNamed = 3

    /// Removes them, and says in a sentence what it did; nil if all were gone.
    func perform() -> String? {
        var removed: [FileName] = []
        var owners: Set<UInt32> = []
        for name in names {
            guard let status = (try? directory.status(name)) ?? nil else { continue }
            guard remove(name) else { continue }
            removed.append(name)
            owners.insert(status.owner)
        }
        guard !removed.isEmpty else { return nil }
        let named = removed.prefix(Self.mostNamed).map { "control/\($0.display)" }
        let more = removed.count - named.count
        let what = named.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
        let whose = owners.sorted().prefix(Self.mostNamed).map(UserAccount.text)
        let verbs = ControlRequest.Verb.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
        return
            "Removed \(what), made by \(whose.joined(separator: ", ")): no requests. One is an empty file that is named for a session or a job's file, with \(verbs) behind it, or for a provider, with .breaker-reset, .breaker-open and the like."
    }

    /// Of a directory that somebody closed to us what is in it cannot be removed; it is given a name
    /// that is in nobody's way.
    private func remove(_ name: FileName) -> Bool {
        if (try? directory.removeTree(name)) != nil { return true }
        let aside = FileName(".aside-\(String(UInt64.random(in: .min ... .max), radix: 36))")
        return (try? directory.rename(name, into: directory, as: aside)) == true
    }
}

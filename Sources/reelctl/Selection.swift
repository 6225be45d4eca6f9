import Core
import Daemon
import Glibc
import Linux
import Spool

/// Which jobs are meant: by words, by where they are, whose they are, since when, by their labels.
struct Selection {
    private var conditions: Set<JobCondition> = []
    private var patterns: [String] = []
    private var since: Timestamp?
    private var isMine = false
    private var labels: [(key: String, value: String)] = []
    private var order: Order?
    /// Whether all are meant, however many.
    private(set) var isAll = false

    private enum Order: String, CaseIterable { case age, name, owner, state }

    /// Reads words and options. A word may be a name or a pattern as a shell has it and, if `knowsStates`, a
    /// condition (`waiting`) or a directory (`inbox`).
    init(
        _ words: [String], _ call: Invocation, knowsStates: Bool, now: Timestamp
    ) throws(CommandLineArguments.Mistake) {
        for word in words {
            if knowsStates, let meant = Self.conditions(word) {
                conditions.formUnion(meant)
            } else {
                patterns.append(word)
            }
        }
        for word in call.values("--state").flatMap({ $0.split(separator: ",") }) {
            guard let meant = Self.conditions(String(word)) else {
                let known = JobCondition.allCases.map(\.word).joined(separator: ", ")
                throw CommandLineArguments.Mistake("--state knows \(known), but not '\(word)'.")
            }
            conditions.formUnion(meant)
        }
        if call.has("--failed") { conditions.formUnion([.failed, .rejected]) }
        isMine = call.has("--mine")
        isAll = call.has("--all")
        since = try call.value("--since").map { text throws(CommandLineArguments.Mistake) in
            try Self.moment(text, now: now)
        }
        for text in call.values("--label") {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandLineArguments.Mistake("--label needs KEY=VALUE, not '\(text)'.")
            }
            labels.append((String(parts[0]), String(parts[1])))
        }
        labels += call.values("--batch").map { ("batch", $0) }
        if let text = call.value("--sort") {
            guard let order = Order(rawValue: text) else {
                let known = Order.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandLineArguments.Mistake("--sort knows \(known), but not '\(text)'.")
            }
            self.order = order
        }
    }

    /// Whether nothing narrows it.
    var isEmpty: Bool { conditions.isEmpty && !isNarrow }

    /// Whether each job has to be looked at to tell if it is meant.
    var isNarrow: Bool {
        !patterns.isEmpty || since != nil || isMine || !labels.isEmpty || order != nil
            || conditions.contains {
                [.degraded, .cancelled, .leftAlone, .stuck, .parked, .forReview].contains($0)
            }
    }

    /// Whether what a spec says matters, which has to be read of those that wait.
    var needsSpecs: Bool { !labels.isEmpty }

    /// Whether jobs are chosen by anything but their names.
    var isByOptions: Bool {
        isAll || !conditions.isEmpty || since != nil || isMine || !labels.isEmpty
    }

    /// Whether they are all that there are, or all of a state.
    var isOfUnfinished: Bool { conditions.isEmpty && labels.isEmpty && since == nil }

    /// Whether a word is a pattern.
    static func isPattern(_ word: String) -> Bool {
        guard word.contains(where: { "*?[".contains($0) }) else { return false }
        // A path of something that is there is that.
        return !word.contains("/") || access(word, F_OK) != 0
    }

    /// The directories that such jobs are in.
    var directories: Set<SpoolDirectory> {
        conditions.isEmpty
            ? Set(SpoolDirectory.jobStates) : Set(conditions.map(\.directory))
    }

    /// Those that are meant, in order. At most so many of those that wait, and of those that have ended.
    func choose(from jobs: [JobSummary], most: Int?) -> [JobSummary] {
        var chosen = jobs.filter(matches)
        switch order {
        case .age: chosen.sort { ($0.arrived ?? .distantPast) < ($1.arrived ?? .distantPast) }
        case .name: chosen.sort { $0.name < $1.name }
        case .owner: chosen.sort { ($0.owner ?? 0, $0.name) < ($1.owner ?? 0, $1.name) }
        case .state, nil: break
        }
        guard let most else { return chosen }
        var counts: [Bool: Int] = [:]
        return chosen.filter { job in
            guard job.condition.hasEnded || job.condition == .waiting else { return true }
            counts[job.condition.hasEnded, default: 0] += 1
            return counts[job.condition.hasEnded, default: 0] <= most
        }
    }

    /// Whether a job is meant.
    func matches(_ job: JobSummary) -> Bool {
        if !conditions.isEmpty, !conditions.contains(job.condition) { return false }
        if isMine, job.owner != geteuid() { return false }
        if let since, (job.finished ?? job.claimed ?? job.arrived ?? .distantPast) < since {
            return false
        }
        if labels.contains(where: { job.labels[$0.key].map(ExactText.init) != ExactText($0.value) })
        {
            return false
        }
        return patterns.isEmpty || patterns.contains { Self.matches($0, job) }
    }

    private static func matches(_ pattern: String, _ job: JobSummary) -> Bool {
        if let handle = JobHandle(pattern), handle == job.handle { return true }
        // What was dropped under a name that was taken has a number behind it.
        let dropped = FileName(job.name).unnumbered.display
        let names = [
            job.name, String(job.name.dropLast(5)), dropped, String(dropped.dropLast(5)),
            job.session?.description, job.id,
        ]
        return names.compactMap(\.self).contains { $0 == pattern || fnmatch(pattern, $0, 0) == 0 }
    }

    private static func conditions(_ word: String) -> [JobCondition]? {
        if let condition = JobCondition(rawValue: word.replacing("-", with: " ")) {
            // What is left alone waits too, and what is degraded is done.
            switch condition {
            case .waiting: return [.waiting, .leftAlone]
            case .running: return [.running, .stuck]
            case .done: return [.done, .degraded]
            default: return [condition]
            }
        }
        guard let state = SpoolDirectory(rawValue: word) else { return nil }
        let all = JobCondition.allCases.filter { $0.directory == state }
        return all.isEmpty ? nil : all
    }

    /// `2d`, `12h`, `30m`, `today`, `yesterday`, or an RFC 3339 moment or day.
    private static func moment(
        _ text: String, now: Timestamp
    ) throws(CommandLineArguments.Mistake) -> Timestamp {
        let seconds = now.secondsSince1970
        let midnight = LocalTime.midnight(before: seconds)
        if text == "today" { return Timestamp(secondsSince1970: midnight) }
        if text == "yesterday" {
            return Timestamp(secondsSince1970: LocalTime.midnight(before: midnight - 43_200))
        }
        if let span = TimeSpan(text) { return Timestamp(secondsSince1970: seconds - span.seconds) }
        for moment in [text, "\(text)T00:00:00Z"] {
            if let seconds = CivilTime.secondsSince1970(rfc3339: moment) {
                return Timestamp(secondsSince1970: Double(seconds))
            }
        }
        throw CommandLineArguments.Mistake(
            "--since needs a time such as 2d, 12h, today or 2026-11-27, not '\(text)'.")
    }
}

/// A span of time as people write it: `90`, `90s`, `5m`, `2h`, `3d`, `1w`.
struct TimeSpan {
    let seconds: Double

    init?(_ text: String) {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text[...] : text.dropLast()),
            number >= 0, number * (unit ?? 1) <= 31_536_000
        else { return nil }
        seconds = number * (unit ?? 1)
    }
}

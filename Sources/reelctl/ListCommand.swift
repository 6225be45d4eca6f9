import Core
import Daemon
import Glibc
import Linux
import Spool
import Systemd

/// `reelctl list`: the jobs at a glance, a line each: those that have not ended, and the last that have.
struct ListCommand {
    private let context: Context
    private let selection: Selection
    /// How many of those that wait, and of those that have ended; nil for all.
    private let most: Int?

    init(_ context: Context, _ selection: Selection, most: Int?) {
        self.context = context
        self.selection = selection
        self.most = most
    }

    /// How many are shown if nothing else is said.
    static let usual = 20

    func run() throws {
        let root = try context.open()
        let now = Timestamp.now
        let states = selection.directories
        let midnight = LocalTime.midnight(before: now.secondsSince1970)
        var known: RecentEnds?
        let look = { () throws(Failure) in
            let ends = try RecentEnds(
                in: root, states, most: selection.isNarrow ? .max : most ?? .max,
                since: Timestamp(secondsSince1970: midnight))
            known = ends
            return ends
        }
        let mostWaiting = selection.isNarrow ? Int.max : most ?? .max
        var jobs =
            try
            (selection.needsSpecs
            ? JobSummary.allWithSpecs(in: root, states, ends: look, mostWaiting: mostWaiting)
            : JobSummary.all(in: root, states, ends: look, mostWaiting: mostWaiting))
        let forReview = jobs.count { $0.condition == .forReview }
        jobs = selection.choose(from: jobs, most: most)
        let snapshot = DaemonSnapshot.read(in: root)
        let forecasts = Forecasts(root, snapshot)
        for index in jobs.indices {
            jobs[index].readSpec(in: root)
            forecasts.add(to: &jobs[index], at: now)
        }
        let pending = try PendingRequests(in: root)
        let alone = selection.isEmpty ? try Stray.all(in: root) : []
        let ends = try known ?? look()
        let census = try Census(root, ends, forReview: forReview)
        if context.wantsJSON {
            try writeJSON(
                Listing(
                    jobs: jobs.map(\.withCondition), counts: census, requests: pending.requests,
                    isPaused: pending.pause != nil, pause: pending.pause, leftAlone: alone))
            return
        }
        write(JobTable.text(jobs, at: now) + Self.text(alone) + Self.text(pending))
        let outlook = Outlook(root, census, jobs, snapshot)
        let counts = census.text(outlook.seconds)
        for line in Terminal.wrap(counts, to: Terminal.columns) { writeLine(line) }
        for notice in Self.notices(root, pending, snapshot, now) { writeLine(notice) }
    }

    /// Said where no daemon works under the root.
    static let idle = "No daemon works here: nothing is done until one is started."

    /// What keeps jobs from being begun or gone on with, a line each.
    static func notices(
        _ root: SpoolRoot, _ pending: PendingRequests, _ snapshot: DaemonSnapshot?, _ now: Timestamp
    ) -> [String] {
        var lines: [String] = []
        if let pause = pending.pause {
            let since = LocalTime(pause.since.secondsSince1970, now: now.secondsSince1970).text
            lines.append(
                "Paused by \(pause.by) since \(since): no jobs are started until 'reelctl resume'.")
        }
        if let alone = snapshot?.alone {
            lines.append(
                "\(alone.handle) runs alone, and the others wait for it: daemons died while they worked on it."
            )
        }
        if (try? root.isLocked()) == false {
            lines.append(idle)
        }
        if let obstacle = try? root.directory.room().obstacle {
            lines.append(
                "Nothing can be written under \(root.path): \(obstacle.cause). \(obstacle.hint).")
        } else if let closure = snapshot?.closure {
            let since = LocalTime(closure.since.secondsSince1970, now: now.secondsSince1970).text
            lines.append("No jobs are claimed since \(since). \(closure.reason)")
        }
        return lines
    }

    private struct Listing: Encodable {
        var jobs: [JobSummary]
        var counts: Census
        var requests: [PendingRequests.Pending]
        var isPaused: Bool
        var pause: PendingRequests.Pause?
        var leftAlone: [Stray]

        private enum CodingKeys: String, CodingKey {
            case jobs, counts, requests, pause, leftAlone
            case isPaused = "paused"
        }
    }

    /// Something in the inbox that is no job and stays there.
    private struct Stray: Encodable {
        var name: String
        var reason: Obstacle

        static func all(in root: SpoolRoot) throws(Failure) -> [Stray] {
            try converting("look at") { () throws in
                try root[.inbox].entries().sorted().compactMap { name in
                    guard !Inbox.isJobName(name), let status = try root[.inbox].status(name),
                        let failure = Inbox.notAJobName(name, status)
                    else { return nil }
                    return Stray(name: name.display, reason: Obstacle(failure))
                }
            }
        }
    }

    /// How many of those are shown.
    private static let mostStrays = 20

    private static func text(_ alone: [Stray]) -> String {
        guard !alone.isEmpty else { return "" }
        var lines = alone.prefix(mostStrays).map {
            "Left alone: inbox/\($0.name): \($0.reason.cause)".escapingControls
        }
        if alone.count > mostStrays { lines.append("and \(alone.count - mostStrays) more.") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is asked for, if anything is.
    private static func text(_ pending: PendingRequests) -> String {
        pending.requests.map {
            "To be done: \($0.verb.rawValue) \($0.target)".escapingControls + "\n"
        }.joined()
    }
}

/// How many jobs there are of each kind.
struct Census: Encodable {
    var running = 0
    var waiting = 0
    var parked = 0
    /// Of the parked ones, as far as they were looked at.
    var forReview = 0
    var held = 0
    /// Nil where it was not counted.
    var done: Int?
    var failed: Int?
    var failedToday: Int?
    var rejected: Int?
    var rejectedToday: Int?

    init(_ root: SpoolRoot, _ ends: RecentEnds, forReview: Int = 0) throws(Failure) {
        func count(_ state: SpoolDirectory) throws(Failure) -> Int {
            try converting("count the jobs of") { () throws in
                let stream = try DirectoryStream(root[state])
                var count = 0
                while let name = try stream.next() { count += Inbox.isJobName(name) ? 1 : 0 }
                return count
            }
        }
        running = try count(.active)
        waiting = try count(.inbox)
        self.forReview = forReview
        parked = max(0, try count(.deferred) - forReview)
        held = try count(.held)
        done = ends.counts[.done]
        failed = ends.counts[.failed]
        rejected = ends.counts[.rejected]
        failedToday = ends.recent[.failed]
        rejectedToday = ends.recent[.rejected]
    }

    /// `2 running, 30 waiting (about 41 min), 40 failed today, 512 done.`; those that wait are done in so many
    /// seconds, if that can be told.
    func text(_ seconds: Double?) -> String {
        let time = seconds.map { " (about \(Approximate.text($0)))" } ?? ""
        var parts = ["\(running) running", "\(waiting) waiting\(waiting > 0 ? time : "")"]
        if parked > 0 { parts.append("\(parked) parked") }
        if forReview > 0 { parts.append("\(forReview) for review") }
        if held > 0 { parts.append("\(held) held") }
        if let failedToday, failedToday > 0 {
            parts.append("\(failedToday) failed or cancelled today")
        }
        if let rejectedToday, rejectedToday > 0 { parts.append("\(rejectedToday) rejected today") }
        if let done { parts.append("\(done) done") }
        return parts.joined(separator: ", ") + "."
    }
}

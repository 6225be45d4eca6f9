import Core
import Daemon
import Linux
import Pipeline
import Spool
import Systemd

/// All that matters now, on one screen: what runs, what comes next, what is in the way.
struct Overview: Encodable {
    /// Jobs at work, parked ones, those to be looked at, and those whose turn is next.
    private var running: [JobSummary] = []
    private var parked: [JobSummary] = []
    private var forReview: [JobSummary] = []
    private var next: [JobSummary] = []
    private var counts: Census
    /// About how long the jobs that wait take, in seconds.
    private var secondsLeft: Double?
    private var doneToday: Int?
    private var notices: [String]
    private var providers: [BreakersCommand.Line]
    private var room: Room?
    private var root: String
    private var now: Timestamp

    private struct Room: Encodable {
        var bytes: Int
        var files: Int?
    }

    /// How many of those that wait are named.
    private static let mostNext = 5

    /// Looks at what there is under `root`.
    init(_ root: SpoolRoot, _ configuration: Configuration) throws {
        let now = Timestamp.now
        let midnight = Timestamp(
            secondsSince1970: LocalTime.midnight(before: now.secondsSince1970))
        let states: Set<SpoolDirectory> = [.inbox, .deferred, .active, .done]
        let ends = try RecentEnds(
            in: root, Set(SpoolDirectory.jobStates), most: ListCommand.usual, since: midnight)
        var jobs = try JobSummary.all(in: root, states, ends: { ends }, mostWaiting: Self.mostNext)
        let snapshot = DaemonSnapshot.read(in: root)
        let forecasts = Forecasts(root, snapshot)
        let census = try Census(
            root, ends, forReview: jobs.count { $0.condition == .forReview })
        let outlook = Outlook(root, census, jobs, snapshot)
        jobs.removeAll { $0.state == .done }
        for index in jobs.indices {
            jobs[index].readSpec(in: root)
            forecasts.add(to: &jobs[index], at: now)
        }
        running = jobs.filter { $0.state == .active }
        parked = jobs.filter { $0.state == .deferred && $0.condition != .forReview }
        forReview = jobs.filter { $0.condition == .forReview }
        next = Array(jobs.filter { $0.state == .inbox }.prefix(Self.mostNext))
        counts = census
        secondsLeft = census.waiting > 0 ? outlook.seconds : nil
        doneToday = ends.recent[.done]
        notices = ListCommand.notices(root, try PendingRequests(in: root), snapshot, now)
        providers = BreakersCommand.lines(try ProviderRecord.read(in: root), configuration, at: now)
        room = (try? root.directory.room()).map { Room(bytes: $0.bytes, files: $0.files) }
        self.root = root.path
        self.now = now
    }

    private enum CodingKeys: CodingKey {
        case running, parked, forReview, next, counts, secondsLeft, doneToday, notices, providers,
            room
    }

    // MARK: - As text

    /// The screen, of lines of at most so many columns; nil for as wide as they are.
    func text(columns: Int?) -> String {
        var parts = [head(columns)]
        parts.append(
            table(running, "RUNNING", columns) { job in
                let left = job.secondsLeft.map { Approximate.text($0) } ?? "-"
                return [job.progressText, left, job.condition == .stuck ? job.remark : job.steps]
            })
        parts.append(
            table(next, "NEXT", columns) { job in
                [job.stateText(at: now), job.age(at: now)?.shortText ?? "-", job.remark]
            })
        parts.append(
            table(parked, "PARKED", columns) { job in
                [job.stateText(at: now), job.age(at: now)?.shortText ?? "-", job.remark]
            })
        parts.append(
            table(forReview, "FOR REVIEW", columns) { job in
                [job.stateText(at: now), job.age(at: now)?.shortText ?? "-", job.remark]
            })
        parts.append(providerTable(columns))
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func head(_ columns: Int?) -> String {
        var lines = [root] + Terminal.wrap(counts.text(secondsLeft), to: columns)
        var today = doneToday.map { "Today \($0) done." } ?? ""
        if let room { today += " \(ByteCount(room.bytes)) free." }
        if !today.isEmpty { lines.append(today) }
        lines += notices
        return lines.map { cut($0.escapingControls, columns) + "\n" }.joined()
    }

    private func table(
        _ jobs: [JobSummary], _ title: String, _ columns: Int?, _ cells: (JobSummary) -> [String]
    ) -> String {
        guard !jobs.isEmpty else { return "" }
        let rows = jobs.map { job in
            [job.handle?.description ?? "-", job.title] + cells(job)
        }.map { $0.map(\.escapingControls) }
        let header = [title, "TOPIC", "STATE", title == "RUNNING" ? "LEFT" : "AGE", "WHAT"]
        return TextTable.text([header] + rows, columns: columns, flexible: [1, 4])
    }

    private func providerTable(_ columns: Int?) -> String {
        guard !providers.isEmpty else { return "" }
        let rows = providers.map { line in
            [
                line.provider, line.state.rawValue.replacing("_", with: " "), "\(line.calls)",
                "\(line.failures)", line.rate,
                line.retryAt.map {
                    LocalTime($0.secondsSince1970, now: now.secondsSince1970).text
                } ?? "-",
                line.state == .closed ? "" : line.lastFailure?.message ?? "",
            ].map(\.escapingControls)
        }
        let header = ["PROVIDER", "BREAKER", "CALLS", "FAILED", "LATELY", "AGAIN", "WHY"]
        return TextTable.text([header] + rows, columns: columns, flexible: [0, 6])
    }

    private func cut(_ text: String, _ columns: Int?) -> String {
        columns.map { Terminal.cut(text, to: $0) } ?? text
    }
}

extension JobSummary {
    /// The steps at work, or that it waits for its slot.
    fileprivate var steps: String {
        running.isEmpty ? "waiting for a slot" : running.joined(separator: " ")
    }
}

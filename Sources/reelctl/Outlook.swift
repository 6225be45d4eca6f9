import Core
import Linux
import Spool
import Systemd

/// When a job that waits may be made: its place in the line, and about how long it takes by what the last
/// ones took.
struct Outlook {
    private var running = 0
    private var waiting = 0
    private var parallel = 1
    /// The median of the last jobs that were done, from their claims to their ends, in seconds; nil where
    /// there were none.
    private var usual: Double?
    /// The same of those of each pipeline.
    private var usualOf: [String: Double] = [:]
    /// Why nothing is begun; nil if jobs are.
    private var obstacle: String?

    /// How many of the last jobs are looked at.
    private static let mostEnds = 20

    /// Looks at what there is under `root`.
    init(_ root: SpoolRoot) throws(Failure) {
        let ends = try RecentEnds(in: root, [.done], most: Self.mostEnds, since: .now)
        let jobs = try JobSummary.all(in: root, [.done], ends: { ends })
        self.init(root, try Census(root, ends), jobs, DaemonSnapshot.read(in: root))
    }

    /// The same from what has been looked at: the counts, and the last jobs.
    init(_ root: SpoolRoot, _ census: Census, _ jobs: [JobSummary], _ snapshot: DaemonSnapshot?) {
        (running, waiting) = (census.running, census.waiting)
        parallel = max(1, snapshot?.parallel ?? 1)
        let done = jobs.filter { $0.state == .done }.prefix(Self.mostEnds)
        usual = Self.median(done.compactMap(\.seconds))
        usualOf = Dictionary(grouping: done) { $0.pipeline ?? "" }
            .compactMapValues { Self.median($0.compactMap(\.seconds)) }
        if (try? root.isLocked()) == false {
            obstacle = "no daemon works here"
        } else if let pause = (try? PendingRequests(in: root))?.pause {
            obstacle = "paused by \(pause.by)"
        } else if let closure = snapshot?.closure {
            obstacle = closure.reason
        }
    }

    private static func median(_ times: [Double]) -> Double? {
        times.isEmpty ? nil : times.sorted()[times.count / 2]
    }

    /// The place in the line of one of the last that came, `after` of which came after it: 1 is next. Nil for
    /// one that waits for nobody.
    func place(after: Int) -> Int? {
        let place = waiting - after
        return place > 0 && (running >= parallel || place > parallel || obstacle != nil)
            ? place : nil
    }

    /// About how long until all that waits is done, in seconds; nil if that cannot be told.
    var seconds: Double? { usual.flatMap { seconds(after: 0, own: $0) } }

    /// About how long until a job is done, in seconds; nil if that cannot be told: no job of its pipeline was
    /// done lately, or it waits for a date.
    func seconds(after: Int, _ header: JobHeader?) -> Double? {
        guard let header, header.startsLater(than: .now) == nil else { return nil }
        return usualOf[header.pipeline].flatMap { seconds(after: after, own: $0) }
    }

    private func seconds(after: Int, own: Double) -> Double? {
        guard obstacle == nil, let usual else { return nil }
        guard let place = place(after: after) else { return own }
        // Those at work are half done, taken together.
        let ahead = Double(running) / 2 + Double(place - 1)
        return (ahead / Double(parallel)).rounded(.down) * usual + own
    }

    /// `#3 in line, about 4 min`, of a job whose spec says so, if that is known.
    func text(after: Int, _ header: JobHeader?) -> String {
        var parts = [place(after: after).map { "#\($0) in line" } ?? "starts now"]
        if let moment = header?.startsLater(than: .now) {
            let time = LocalTime(
                moment.secondsSince1970, now: Timestamp.now.secondsSince1970)
            parts = ["waits until \(time.text)"]
        } else if let obstacle {
            parts = ["waits: \(obstacle)"]
        } else if let seconds = seconds(after: after, header) {
            parts.append("about \(Approximate.text(seconds))")
        }
        return parts.joined(separator: ", ").escapingControls
    }
}

extension JobHeader {
    /// Before when it is not to be started, if that is later than `now`.
    fileprivate func startsLater(than now: Timestamp) -> Timestamp? {
        notBefore.flatMap { $0 > now ? $0 : nil }
    }
}

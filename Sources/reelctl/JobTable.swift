import Core
import Linux
import Spool
import Systemd

/// Jobs as a table, a line each, as wide as the terminal.
enum JobTable {
    private static let header = [
        "JOB", "TOPIC", "OWNER", "STATE", "PROGRESS", "AGE", "WHY / RESULT",
    ]
    /// The columns that may be cut: the topic, and why.
    private static let flexible: Set<Int> = [1, 6]

    static func text(_ jobs: [JobSummary], at now: Timestamp) -> String {
        guard !jobs.isEmpty else { return "No jobs.\n" }
        var names: [UInt32: String] = [:]
        let rows = jobs.map { job in
            if let owner = job.owner, names[owner] == nil {
                names[owner] = UserAccount.name(owner) ?? "\(owner)"
            }
            return [
                job.handle?.description ?? "-", job.title,
                job.owner.flatMap { names[$0] } ?? "-", job.stateText(at: now),
                job.progressText, job.age(at: now)?.shortText ?? "-", job.remark,
            ].map(\.escapingControls)
        }
        return TextTable.text([header] + rows, columns: Terminal.columns, flexible: flexible)
    }
}

extension JobSummary {
    /// What its video is about, or else its name.
    var title: String {
        guard let topic, !topic.allSatisfy(\.isWhitespace) else { return name }
        return topic.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Where it is in its life, for people.
    func stateText(at now: Timestamp) -> String {
        switch condition {
        case .waiting: place.map { "waiting #\($0)" } ?? "waiting"
        case .leftAlone: obstacle?.code == "unreadable" ? "cannot read" : "left alone"
        case .parked:
            due.map {
                "parked "
                    + LocalTime($0.secondsSince1970, now: now.secondsSince1970).text
            } ?? "parked"
        default: condition.rawValue
        }
    }

    /// How far it is: a bar and a share while it runs, the steps that are finished otherwise.
    var progressText: String {
        guard plannedSteps > 0, !condition.hasEnded else { return "-" }
        guard condition == .running else { return "\(finishedSteps)/\(plannedSteps)" }
        return Bar.text(progress ?? Double(finishedSteps) / Double(plannedSteps))
    }

    /// How long it has been what it is: since it came, was claimed or ended.
    func age(at now: Timestamp) -> Duration? {
        let since =
            condition.hasEnded
            ? finished : [.running, .stuck].contains(condition) ? claimed : arrived
        return since.map { max(.zero, now.since($0)) }
    }

    /// What there is to say in a few words.
    var remark: String {
        if let error { return error.message }
        if condition == .forReview, let handle { return "reelctl approve \(handle)" }
        if let obstacle {
            return obstacle.code == "unreadable" ? obstacle.hint ?? obstacle.cause : obstacle.cause
        }
        switch condition {
        case .running:
            guard !running.isEmpty else { return "waiting for a slot" }
            let left = secondsLeft.map { ", \(Approximate.text($0)) left" } ?? ""
            return running.joined(separator: " ") + left
        case .waiting: return priority.flatMap { $0 == 0 ? nil : "priority \($0)" } ?? ""
        case .parked: return "not_before in its spec"
        case .degraded: return degradations.first ?? ""
        case .done:
            let took = seconds.map { "took \(Duration.seconds($0).text)" } ?? ""
            return removed == nil ? took : "removed"
        default: return ""
        }
    }
}

extension JobCondition {
    var hasEnded: Bool { !Self.unfinished.contains(self) }
}

/// A share as a bar.
enum Bar {
    /// `[######--] 75%`.
    static func text(_ share: Double) -> String {
        "\(text(share, width: 8)) \(Int(share * 100))%"
    }

    /// `[######--]`.
    static func text(_ share: Double, width: Int) -> String {
        let full = min(width, max(0, Int((share * Double(width)).rounded(.down))))
        return "[" + String(repeating: "#", count: full)
            + String(repeating: "-", count: width - full) + "]"
    }
}

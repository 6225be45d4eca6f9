import Core
import Glibc
import Linux
import Spool
import Systemd

/// Says on standard error how far jobs are: on a terminal in lines that are drawn again and again, a line for each
/// job or one for all; elsewhere a line for each change.
struct ProgressDisplay {
    /// How far one job is.
    struct Line {
        var job: String
        var handle: String?
        /// Where it is, in words.
        var text: String
        /// The share that is done, 0 to 1, and about how many seconds it takes on; of one at work.
        var share: Double?
        var secondsLeft: Double?
        var isAtWork = false
        /// The steps at work.
        var steps: [String] = []
        /// How it has ended; nil if it has not.
        var outcome: String?
    }

    private enum Kind { case silent, lines, terminal(columns: Int), json }

    /// Above so many jobs a line is about all of them.
    private static let mostLines = 5
    /// How often it is drawn.
    static let interval: Duration = .milliseconds(500)

    private let kind: Kind
    private var said: [Int: String] = [:]
    private var drawn: [String] = []

    /// Silent unless somebody watches, or wants it all the same.
    init(isWanted: Bool, asJSON: Bool) {
        if let columns = Terminal.columns(of: STDERR_FILENO) {
            kind = .terminal(columns: columns)
        } else {
            kind = isWanted ? asJSON ? .json : .lines : .silent
        }
    }

    /// Whether anything is shown.
    var isShown: Bool { if case .silent = kind { false } else { true } }

    /// Whether it is drawn again as time passes.
    var isDrawn: Bool { if case .terminal = kind { true } else { false } }

    /// Shows how far all are.
    mutating func show(_ lines: [Line]) {
        switch kind {
        case .silent: break
        case .lines, .json:
            for (index, line) in lines.enumerated() where line.outcome == nil {
                guard said.updateValue(line.text, forKey: index) != line.text else { continue }
                if case .json = kind { sayAsJSON(line) } else { say("\(line.job): \(line.text)") }
            }
        case .terminal(let columns): draw(lines, columns)
        }
    }

    /// Removes what was drawn.
    mutating func clear() {
        guard !drawn.isEmpty else { return }
        write("\u{1B}[\(drawn.count)A\u{1B}[J", to: STDERR_FILENO)
        drawn = []
    }

    private func say(_ text: String) { writeLine(text, to: STDERR_FILENO) }

    private struct JSONLine: Encodable {
        var job: String
        var handle: String?
        var text: String
        var progress: Double?
        var secondsLeft: Double?
    }

    private func sayAsJSON(_ line: Line) {
        let value = JSONLine(
            job: line.job, handle: line.handle, text: line.text, progress: line.share,
            secondsLeft: line.secondsLeft)
        let bytes = try? RecordFile.encode(value, subject: "the progress", inSnakeCase: true)
        guard let bytes else { return }
        // One line each, for those who read line by line: no value has a line break in it.
        let text = String(decoding: bytes, as: UTF8.self)
        write(
            text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ") + "\n",
            to: STDERR_FILENO)
    }

    private mutating func draw(_ lines: [Line], _ columns: Int) {
        let texts = lines.count > Self.mostLines ? [Self.summary(lines)] : lines.map(Self.text)
        let new = texts.map { Terminal.cut($0.escapingControls, to: max(1, columns - 1)) }
        guard new != drawn else { return }
        let up = drawn.isEmpty ? "" : "\u{1B}[\(drawn.count)A"
        write(
            up + new.map { "\r\u{1B}[K\($0)\n" }.joined()
                + (new.count < drawn.count ? "\u{1B}[J" : ""), to: STDERR_FILENO)
        drawn = new
    }

    private static func text(_ line: Line) -> String {
        let name = [line.handle, line.job].compactMap(\.self).joined(separator: "  ")
        if let outcome = line.outcome { return "\(name)  \(outcome)" }
        guard line.isAtWork, let share = line.share else { return "\(name)  \(line.text)" }
        let left = line.secondsLeft.map { ", about \(Approximate.text($0)) left" } ?? ""
        let steps = line.steps.isEmpty ? "waiting for a slot" : line.steps.joined(separator: " ")
        return "\(name)  \(Bar.text(share))\(left)  \(steps)"
    }

    /// `3 of 12 done, 1 failed, 2 running (41%), 6 waiting, about 4 min left`.
    static func summary(_ lines: [Line]) -> String {
        let ended = Dictionary(grouping: lines.compactMap(\.outcome)) { $0 }.mapValues(\.count)
        var parts = ["\(ended["done"] ?? 0) of \(lines.count) done"]
        for (outcome, count) in ended.sorted(by: { $0.key < $1.key }) where outcome != "done" {
            parts.append("\(count) \(outcome)")
        }
        let working = lines.filter { $0.outcome == nil && $0.isAtWork }
        if !working.isEmpty {
            let share = working.compactMap(\.share).reduce(0, +) / Double(working.count)
            parts.append("\(working.count) running (\(Int(share * 100))%)")
        }
        let others = lines.count { $0.outcome == nil && !$0.isAtWork }
        if others > 0 { parts.append("\(others) waiting") }
        return parts.joined(separator: ", ")
    }
}

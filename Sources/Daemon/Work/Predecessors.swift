import Core
import Linux
import Pipeline
import Spool

/// The daemons of this root that were killed: what they left running is ended, since it would write into
/// sessions that are worked on again.
struct Predecessors {
    /// Nil if the root cannot be told from others: then nothing is anybody's.
    private let register: DaemonRegister?
    private let name: String
    private let log: any EventLog
    /// Those that left something that could not be ended, for the next daemon to try.
    private var remaining: [DaemonRegister.Entry] = []

    /// Looks at them for the daemon of that name.
    init(of root: SpoolRoot, name: String, log: any EventLog) {
        self.name = name
        self.log = log
        do throws(Failure) { register = try DaemonRegister(of: root) } catch {
            register = nil
            complain(error)
        }
    }

    /// What the tools of this daemon are to bear.
    var toolMark: String { register?.mark(of: name) ?? name }

    /// Ends what they left running. No other daemon works here now, so all on record were killed, or went
    /// down with the machine.
    mutating func endLeftovers() {
        guard let register else { return }
        let entries: [DaemonRegister.Entry]
        do throws(Failure) { entries = try register.entries() } catch { return complain(error) }
        guard !entries.isEmpty else { return }
        let outcome = ProcessTable.killAll(patience: .seconds(10)) { pid in
            register.contains(
                marks: ProcessTable.values(of: ToolRunner.runVariable, in: pid),
                lineage: Lineage(of: pid), of: entries)
        }
        if !outcome.killed.isEmpty {
            log.record(
                Event(
                    .spoolProblem,
                    "Ended \(outcome.killed.count) processes that an earlier daemon left running.",
                    priority: .warning))
        }
        for pid in outcome.remaining.sorted() {
            log.record(
                Event(
                    .spoolProblem,
                    "Process \(pid) of an earlier daemon could not be ended; it may disturb its job."
                ))
        }
        if !outcome.remaining.isEmpty { remaining = entries }
    }

    /// Puts on record, before anything is started, that this daemon works here. If that fails, the next
    /// one would not find what this one leaves when it is killed.
    func begin() {
        replace(by: remaining + [.init(name: name, lineage: ChildProcess.lineage?.number)])
    }

    /// Puts on record that it has ended all that it started.
    func end() { replace(by: remaining) }

    private func replace(by entries: [DaemonRegister.Entry]) {
        do throws(Failure) { try register?.replace(by: entries) } catch { complain(error) }
    }

    private func complain(_ failure: Failure) {
        log.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
    }
}

import CLinux
import Glibc
import Synchronization

/// Reaps children, and finds and ends what they leave behind: descendants whose parents have ended,
/// which come to us where we are the subreaper. See PR_SET_CHILD_SUBREAPER(2const).
///
/// The kernel gives them to our first thread that lives, which is the main thread, and lists them in
/// /proc/self/task/ID/children: a look at an empty list costs a few microseconds. Our own children
/// may be in that list too, since those of a thread that ended go the same way; they are told apart
/// by their pids, which are ours until they are reaped, and all that is reaped is reaped here, under
/// one lock. So no status that somebody waits for is ever taken away.
///
/// Others come to us as well: to the first process of a container all orphans in it, and what was started
/// before this program was executed in its parent's place. Their `Lineage` is another. They are reaped
/// and not touched otherwise.
enum ChildProcessOrphans {
    /// A command on its way, from before its start to the end of all it left.
    struct Run: Hashable {
        fileprivate let number: Int
    }

    fileprivate struct Entry {
        /// What is in the environment of its descendants: `NAME=` and how all values of ours begin,
        /// and the whole.
        var family: [UInt8]
        var mark: [UInt8]
        /// When it began, in clock ticks since the machine was started.
        var start: Int
        /// Its leader, which has the number of its group.
        var leader: pid_t = 0
        /// Its leader was reaped: nothing of it may live.
        var isOver = false
        /// Its group was killed.
        var isKilled = false
        /// How many processes it left that had to be ended.
        var ended = 0
    }

    private enum Owner {
        case run(Int)
        /// It bears the mark of a run that is long gone.
        case nobody
        /// It bears no mark: it was started with an environment of its own, or seems to have none.
        case unknown(isBare: Bool)
        /// We did not start it.
        case stranger
        /// It is ending: no more is to be seen of it.
        case undecided
    }

    fileprivate struct State {
        /// The list of our main thread's children; nil where we adopt nobody.
        var list: Int32?
        /// What tells ours from others; nil where nothing does but group and mark.
        var lineage: Lineage?
        /// Those that are not ours, until they are reaped.
        var strangers: Set<pid_t> = []
        var entries: [Int: Entry] = [:]
        var last = 0
        /// Those we killed, until they are reaped, and whose they were.
        var doomed: [pid_t: Int] = [:]
    }

    private static let state = Mutex(State())

    static var lineage: Lineage? { state.withLock { $0.lineage } }

    /// Becomes the subreaper, for good.
    static func adopt() throws(SystemError) {
        state.withLock { $0.lineage = Lineage.begin() }
        let path = "/proc/self/task/\(getpid())/children"
        let list = open(path, O_RDONLY | O_CLOEXEC)
        guard list >= 0 else { throw SystemError("open", path) }
        guard clinux_set_child_subreaper() == 0 else {
            let error = SystemError("prctl", "PR_SET_CHILD_SUBREAPER")
            close(list)
            throw error
        }
        state.withLock { state in
            if let old = state.list { close(old) }
            state.list = list
        }
        // Most of them tell of the end of a child that is waited for.
        try Signals.perform(after: SIGCHLD, pause: .milliseconds(50)) {
            _ = sweep(hesitating: false)
        }
    }

    /// A run that is about to start. To be called before its child is.
    static func begin(_ command: ChildProcess.Command) -> Run {
        let name = command.mark ?? ""
        let mark = command.environment[name].map { Array("\(name)=\($0)".utf8) } ?? []
        return state.withLock { state in
            state.last += 1
            state.entries[state.last] = Entry(
                family: mark.isEmpty ? [] : Array("\(name)=\(command.family)".utf8), mark: mark,
                start: ProcessTable.ticksSinceBoot())
            return Run(number: state.last)
        }
    }

    /// Its child has started.
    static func lead(_ run: Run, by pid: pid_t) {
        state.withLock { $0.entries[run.number]?.leader = pid }
    }

    /// Signals its leader, which is not reaped yet, and its group.
    static func signal(_ run: Run, _ signal: Int32) {
        state.withLock { state in
            guard let entry = state.entries[run.number], entry.leader > 0, !entry.isOver
            else { return }
            // Before the first of them can be reaped.
            if signal == SIGKILL { state.entries[run.number]?.isKilled = true }
            kill(-entry.leader, signal)
            // The leader may have joined another group of its session.
            if signal == SIGKILL { kill(entry.leader, signal) }
        }
    }

    /// Reaps its leader, which has ended or is about to.
    static func reapLeader(of run: Run) -> clinux_ended {
        state.withLock { state in
            var ended = clinux_ended()
            guard let leader = state.entries[run.number]?.leader, leader > 0 else { return ended }
            let which = Int32(P_PID.rawValue)
            while clinux_waitid(which, leader, WEXITED, &ended) < 0 && errno == EINTR {}
            state.entries[run.number]?.isOver = true
            return ended
        }
    }

    /// Forgets a run, and says how many processes it left that had to be ended.
    static func finish(_ run: Run) -> Int {
        state.withLock { $0.entries.removeValue(forKey: run.number)?.ended ?? 0 }
    }

    /// Reaps the orphans that have ended, kills those that belong to no run at work, and tells
    /// whether any of these still live.
    ///
    /// What we did not start is left alone. One of ours without a mark may be any run's that was at work
    /// when it was started; it is left alone until the last of them is over. One that executes a program
    /// just now shows no environment for a moment: `hesitating` counts it among those that still live, so
    /// that it is looked at again.
    static func sweep(hesitating: Bool) -> Bool {
        state.withLock { state in
            guard let list = state.list else { return false }
            while true {
                var (reaped, remaining) = (false, false)
                for pid in children(list) where !state.entries.values.contains(ofLeader: pid) {
                    let isStranger = state.strangers.contains(pid)
                    let process = isStranger ? nil : ProcessTable.Process(pid)
                    var ended = clinux_ended()
                    let options = WEXITED | WNOHANG
                    guard clinux_waitid(Int32(P_PID.rawValue), pid, options, &ended) == 0 else {
                        continue
                    }
                    if ended.pid == pid {
                        reaped = true
                        state.strangers.remove(pid)
                        count(pid, ended, process, in: &state)
                        continue
                    }
                    if isStranger { continue }
                    let owner = owner(of: pid, process, in: state)
                    guard mayBeKilled(process, owner, in: state) else {
                        switch owner {
                        // For good: the number means no other before it is reaped.
                        case .stranger: state.strangers.insert(pid)
                        case .unknown(isBare: true), .undecided:
                            remaining = remaining || hesitating
                        default: break
                        }
                        continue
                    }
                    kill(pid, SIGKILL)
                    state.doomed[pid] = number(owner, process, in: state)
                    remaining = true
                }
                // Those of one that was reaped are ours now.
                if !reaped { return remaining }
            }
        }
    }

    private static func owner(
        of pid: pid_t, _ process: ProcessTable.Process?, in state: State
    ) -> Owner {
        if let own = state.lineage {
            guard let lineage = Lineage(of: pid) else { return .undecided }
            if lineage != own { return .stranger }
        }
        if let run = state.run(ofGroup: process?.group) { return .run(run) }
        let variables = ProcessTable.environment(of: pid).split(separator: 0)
        for (number, entry) in state.entries where !entry.mark.isEmpty {
            if variables.contains(where: { $0.elementsEqual(entry.mark) }) { return .run(number) }
        }
        let isMarked = state.entries.values.contains { entry in
            !entry.family.isEmpty && variables.contains { $0.starts(with: entry.family) }
        }
        return isMarked ? .nobody : .unknown(isBare: variables.isEmpty)
    }

    private static func mayBeKilled(
        _ process: ProcessTable.Process?, _ owner: Owner, in state: State
    ) -> Bool {
        switch owner {
        case .run(let number): state.entries[number]?.isOver ?? true
        case .nobody: true
        case .stranger, .undecided: false
        case .unknown:
            state.lineage != nil
                && !state.entries.values.contains {
                    !$0.isOver && $0.start <= process?.start ?? .max
                }
        }
    }

    /// The run to which a process is to be counted: of one without a mark, the last that was at work
    /// when it was started.
    private static func number(
        _ owner: Owner, _ process: ProcessTable.Process?, in state: State
    ) -> Int? {
        switch owner {
        case .run(let number): number
        case .nobody, .stranger, .undecided: nil
        case .unknown:
            state.entries.filter { $0.value.start <= process?.start ?? .max }.keys.max()
        }
    }

    /// Counts one that did not end by itself to the run that left it.
    private static func count(
        _ pid: pid_t, _ ended: clinux_ended, _ process: ProcessTable.Process?,
        in state: inout State
    ) {
        let doomedFor = state.doomed.removeValue(forKey: pid)
        guard ended.signalled != 0, ended.status == SIGKILL else { return }
        // The others of a group were killed with it.
        guard let run = doomedFor ?? state.run(ofGroup: process?.group) else { return }
        guard let entry = state.entries[run], entry.isOver || entry.isKilled else { return }
        state.entries[run]?.ended += 1
    }

    private static func children(_ list: Int32) -> [pid_t] {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = pread(list, &chunk, chunk.count, off_t(text.count))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            text += chunk[..<count]
        }
        return text.split(separator: UInt8(ascii: " ")).compactMap {
            pid_t(String(decoding: $0, as: UTF8.self))
        }
    }
}

extension ChildProcessOrphans.State {
    fileprivate func run(ofGroup group: pid_t?) -> Int? {
        guard let group else { return nil }
        // An emptied group gives its number back: one at work may have the same as one that is over.
        let all = entries.filter { $0.value.leader == group }
        return (all.first { !$0.value.isOver } ?? all.first)?.key
    }
}

extension Collection<ChildProcessOrphans.Entry> {
    /// Whether a pid is a leader's that was not reaped yet.
    fileprivate func contains(ofLeader pid: pid_t) -> Bool {
        contains { $0.leader == pid && !$0.isOver }
    }
}

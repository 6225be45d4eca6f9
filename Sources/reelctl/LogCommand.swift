import Core
import Daemon
import Glibc
import Linux
import Spool

/// `reelctl log`: what there is to read of a job: the journal's records, or what its tools said.
struct LogCommand {
    private let context: Context
    private let follows: Bool

    init(_ context: Context, follows: Bool) {
        self.context = context
        self.follows = follows
    }

    /// How often to look for more where nothing tells.
    private static let pollInterval: Duration = .seconds(1)

    func run(_ call: Invocation) async throws -> Int32 {
        guard call.operands.count == 1, let text = call.operands.first else {
            throw CommandLineArguments.Mistake("log needs one JOB.")
        }
        let targets = try Targets(context)
        let match = try targets.find(text)
        let field =
            match.found.session.map { "REELD_SESSION=\($0)" } ?? "REELD_JOB=\(match.found.job)"
        if await hasJournal(field) { try execute(field) }
        guard let session = match.found.session else {
            throw Failure(
                .permanent, code: "not_found", operation: "read the log of", subject: text,
                cause: "the journal has nothing of it that you may read, and it has no session yet",
                hint: "Members of the group systemd-journal or adm may read all of the journal")
        }
        try follow(session, JobTracker(match, in: targets.root), in: targets.root)
        return Status.done
    }

    // MARK: - The journal

    private static let journal = "/usr/bin/journalctl"

    /// Whether the journal has anything of the job that this user may read.
    private func hasJournal(_ field: String) async -> Bool {
        var command = ChildProcess.Command(
            Self.journal, ["--quiet", "--no-pager", "--lines=1", "--output=cat", field],
            environment: [:], workingDirectory: "/", standardError: nil, timeout: .seconds(20),
            grace: .seconds(1))
        command.limits.log = 1 << 16
        let result = try? await ChildProcess.run(command)
        return result?.ending == .exited(0) && result?.said.isEmpty == false
    }

    /// Becomes journalctl, which knows its pager, its colours and how to follow.
    private func execute(_ field: String) throws(Failure) {
        let output = context.wantsJSON ? ["--output=json"] : ["--output=short-iso"]
        let words =
            [Self.journal, "--quiet", field] + output
            + (follows ? ["--follow", "--lines=all"] : [])
        var arguments = words.map { strdup($0) } + [nil]
        execv(Self.journal, &arguments)
        throw SystemError("execv", Self.journal).failure("run")
    }

    // MARK: - What is in the session

    /// What the steps' tools said, a file each, in the order in which they were begun.
    private func follow(
        _ session: SessionID, _ tracker: JobTracker, in root: SpoolRoot
    ) throws(Failure) {
        var tracker = tracker
        var shown: [String: Int] = [:]
        var current: String?
        while true {
            // Looked at before the files: what comes after the end is none of it.
            var hasEnded = true
            if follows, case .claimed = try tracker.look() { hasEnded = false }
            while try show(session, &shown, &current, hasEnded: hasEnded, in: root) {}
            if hasEnded { return }
            usleep(useconds_t(Self.pollInterval / .microseconds(1)))
        }
    }

    /// Shows what is new, and whether anything was: `shown` says how much of each file is not, `current` which was shown last.
    private func show(
        _ session: SessionID, _ shown: inout [String: Int], _ current: inout String?,
        hasEnded: Bool,
        in root: SpoolRoot
    ) throws(Failure) -> Bool {
        var isNew = false
        let files: [(name: FileName, status: FileStatus)]
        let directory: Directory
        do throws(SystemError) {
            directory = try root[.outputs].directory("\(session)/logs")
            var found: [(name: FileName, status: FileStatus)] = []
            for name in try directory.entries() where name.bytes.suffix(4) == Array(".log".utf8) {
                if let status = try directory.status(name), status.kind == .regular {
                    found.append((name, status))
                }
            }
            files = found.sorted { ($0.status.modified, $0.name) < ($1.status.modified, $1.name) }
        } catch {
            throw error.failure("read the log of")
        }
        for file in files where file.status.size > shown[file.name.display, default: 0] {
            let known = shown[file.name.display] ?? 0
            var bytes = try converting("read") { () throws in
                let opened = try directory.open(entry: file.name)
                lseek(opened.number, off_t(known), SEEK_SET)
                return try opened.read(limit: Self.mostBytes)
            }
            // A line that is not whole yet is shown when it is.
            if !hasEnded {
                bytes = bytes.lastIndex(of: UInt8(ascii: "\n")).map { Array(bytes[...$0]) } ?? []
            }
            guard !bytes.isEmpty else { continue }
            if current != file.name.display { writeLine("== \(file.name.display.dropLast(4)) ==") }
            current = file.name.display
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                writeLine(String(decoding: line, as: UTF8.self))
            }
            shown[file.name.display] = known + bytes.count
            isNew = true
        }
        return isNew
    }

    /// The most of a file that is read at a time.
    private static let mostBytes = 1 << 24
}

import Core
import Glibc
import Linux
import Spool
import TestSupport
import Testing

@Suite struct InboxTests {
    private let sandbox: SpoolSandbox
    private let start = ContinuousClock.now

    init() throws { sandbox = try SpoolSandbox() }

    private func inbox() -> Inbox {
        Inbox(
            sandbox.root[.inbox], settling: Settling(quietTime: .seconds(2)),
            parse: SpoolSandbox.parse)
    }

    /// Looks `after` so many seconds; the wall clock is the file's own, so only looking counts.
    private func look(
        _ inbox: inout Inbox, _ name: FileName, renamedIn: Bool = false, after: Double = 0
    ) -> String {
        return word(
            inbox.examine(
                name, renamedIn: renamedIn, instant: start + .seconds(after)))
    }

    private func word(_ verdict: Inbox.Verdict) -> String {
        switch verdict {
        case .ready: "ready"
        case .unchanged: "unchanged"
        case .wait(let time, let remark):
            "wait \(time.text)" + (remark.map { " \($0.failure.code)" } ?? "")
        case .reject(let failure, _): "reject \(failure.code)"
        case .leaveAlone(let remark): "leave \(remark?.failure.code ?? "silently")"
        case .gone: "gone"
        }
    }

    @Test func aFileThatIsClosedAndParsesIsReady() throws {
        try sandbox.write("{copy}", to: "inbox/a.json")
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "ready")
    }

    @Test func aCandidateArrivedWhenItGotItsName() throws {
        try sandbox.drop("a.json")
        // Whatever time was put on it.
        try sandbox.root[.inbox].setModified("a.json", to: 1_000_000)
        let changed = try #require(try sandbox.root[.inbox].status("a.json")).changed
        var inbox = inbox()
        let verdict = inbox.examine(
            "a.json", renamedIn: true, instant: start)
        guard case .ready(let candidate, let stamp, _) = verdict else {
            throw Unexpected(what: word(verdict))
        }
        #expect(candidate.name == "a.json")
        #expect(candidate.arrived == Timestamp(secondsSince1970: changed))
        // Known, it is not read again, until it changes.
        func again() -> String {
            word(
                inbox.examine(
                    "a.json", renamedIn: true, known: stamp, instant: start))
        }
        #expect(again() == "unchanged")
        try sandbox.write("{other}", to: "inbox/a.json")
        #expect(again() == "ready")
    }

    @Test func aFileWithAWriterWaitsHoweverLongItTakes() throws {
        try sandbox.write("{copy}", to: "inbox/a.json")
        var inbox = inbox()
        let writer = open("\(sandbox.path)/inbox/a.json", O_WRONLY | O_CLOEXEC)
        #expect(look(&inbox, "a.json") == "wait 100 ms")
        #expect(look(&inbox, "a.json", after: 59) == "wait 500 ms")
        #expect(look(&inbox, "a.json", after: 1000) == "wait 500 ms still_open")
        #expect(look(&inbox, "a.json", renamedIn: true, after: 1000) == "wait 500 ms still_open")
        close(writer)
        try sandbox.waitForWriters(of: "inbox/a.json")
        #expect(look(&inbox, "a.json", after: 1000) == "ready")
    }

    @Test func aFileUnderAWritersLeaseWaits() throws {
        try sandbox.write("{copy}", to: "inbox/a.json")
        var inbox = inbox()
        let server = open("\(sandbox.path)/inbox/a.json", O_RDWR | O_CLOEXEC)
        // The lease is broken by a signal, which by default ends the process.
        signal(SIGIO, SIG_IGN)
        // Not granted while a child that another test is just starting holds what read the file.
        let deadline = ContinuousClock.now + patience
        while fcntl(server, F_SETLEASE, F_WRLCK) != 0 {
            try #require(errno == EAGAIN && .now < deadline)
            sched_yield()
        }
        #expect(look(&inbox, "a.json") == "wait 1.0 s")
        close(server)
        try sandbox.waitForWriters(of: "inbox/a.json")
        #expect(look(&inbox, "a.json", after: 1000) == "ready")
    }

    @Test(arguments: ["", "{co"])
    func whatBreaksOffIsRejectedAfterItsQuietTime(_ text: String) throws {
        try sandbox.drop("a.json", text)
        var inbox = inbox()
        #expect(look(&inbox, "a.json", renamedIn: true) == "wait 2.0 s")
        #expect(look(&inbox, "a.json", after: 1.5) == "wait 500 ms")
        #expect(look(&inbox, "a.json", after: 2) == "reject invalid_spec")
    }

    /// What is put in place of it, or written into it, is the job.
    @Test func anEmptyFileKeepsItsPlace() throws {
        try sandbox.write("", to: "inbox/a.json")
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "wait 2.0 s")
        #expect(look(&inbox, "a.json", after: 1000) == "wait 1 min 0 s empty")
        try sandbox.write("{copy}", to: "inbox/a.json")
        #expect(look(&inbox, "a.json", after: 1001) == "ready")
    }

    /// Some systems write names in capitals.
    @Test func namesInCapitalsAreJobsToo() throws {
        for name: FileName in ["EPISODE.JSON", "b.Json"] {
            try sandbox.drop(name)
            var inbox = inbox()
            #expect(look(&inbox, name) == "ready")
        }
        #expect(
            !Inbox.isJobName(".JSON") && !Inbox.isJobName("a.jsonl") && !Inbox.isJobName("aNJSON"))
    }

    @Test func aChangeStartsTheQuietTimeAgain() throws {
        try sandbox.write("{", to: "inbox/a.json")
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "wait 2.0 s")
        try sandbox.write("{co", to: "inbox/a.json")
        #expect(look(&inbox, "a.json", after: 1.5) == "wait 2.0 s")
        #expect(look(&inbox, "a.json", after: 3) == "wait 500 ms")
        try sandbox.write("{copy}", to: "inbox/a.json")
        #expect(look(&inbox, "a.json", after: 3) == "ready")
    }

    @Test func garbageIsRejectedAtOnce() throws {
        try sandbox.drop("a.json", "no")
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "reject invalid_spec")
    }

    @Test func whatIsNoRegularFileIsRejectedWithoutBeingOpened() throws {
        let path = "\(sandbox.path)/inbox"
        try sandbox.write("{copy}", to: "outside.json")
        try sandbox.make("inbox/directory.json")
        symlink("\(sandbox.path)/outside.json", "\(path)/link.json")
        symlink("/nowhere", "\(path)/dangling.json")
        mkfifo("\(path)/fifo.json", 0o600)
        // A socket; bind(2) needs a path shorter than ours may be.
        mknod("\(path)/socket.json", S_IFSOCK | 0o600, 0)
        var inbox = inbox()
        for name in ["directory", "link", "dangling", "fifo", "socket"] {
            #expect(look(&inbox, FileName("\(name).json")) == "reject not_a_file", "\(name)")
        }
    }

    @Test func theLargestSpecIsOneMebibyte() throws {
        let largest = "{" + String(repeating: "c", count: largestSpec - 2) + "}"
        try sandbox.drop("largest.json", largest)
        try sandbox.drop("larger.json", largest + "\n")
        var inbox = inbox()
        #expect(look(&inbox, "largest.json").hasPrefix("ready"))
        #expect(look(&inbox, "larger.json") == "reject too_large")
    }

    @Test func badNamesAreRejectedAndSayWhy() throws {
        var inbox = inbox()
        for (bytes, why) in [
            (Array("-rf.json".utf8), "dash"), ([0x61, 0xFF] + Array(".json".utf8), "UTF-8"),
            (Array("a\nb.json".utf8), "line break"),
        ] {
            let name = try #require(FileName(bytes: bytes))
            try sandbox.drop(name)
            let verdict = inbox.examine(
                name, renamedIn: true, instant: start)
            guard case .reject(let failure, _) = verdict else {
                throw Unexpected(what: word(verdict))
            }
            #expect(failure.code == "bad_name")
            #expect(failure.cause.contains(why))
        }
    }

    @Test func isReadyUnderANameOf255Bytes() throws {
        let name = FileName(String(repeating: "n", count: 250) + ".json")
        try sandbox.drop(name)
        var inbox = inbox()
        #expect(look(&inbox, name) == "ready")
    }

    @Test(
        arguments: [
            ".a.json", "a.json~", "a.json.part", "a.tmp", ".a.json.swp", "a.crdownload",
        ] as [FileName])
    func temporariesAreLeftAloneSilently(_ name: FileName) throws {
        try sandbox.drop(name)
        var inbox = inbox()
        #expect(look(&inbox, name) == "leave silently")
    }

    @Test func otherNamesAreLeftAloneWithAWord() throws {
        try sandbox.write("{copy}", to: "inbox/a.json.txt")
        try sandbox.make("inbox/jobs")
        var inbox = inbox()
        #expect(look(&inbox, "a.json.txt") == "leave not_a_job")
        #expect(look(&inbox, "jobs") == "leave not_a_job")
    }

    /// What is brought along from elsewhere has a group that may be its owner's alone.
    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func theCureOfAnUnreadableFileHelps() throws {
        try sandbox.drop("a.json")
        let path = "\(sandbox.path)/inbox/a.json"
        let inbox = try sandbox.root[.inbox].status()
        func cure(_ group: UInt32, _ mode: UInt32) throws -> String {
            chown(path, 12345, group)
            chmod(path, mode)
            let status = try #require(try sandbox.root[.inbox].status("a.json"))
            return Inbox.unreadable("a.json", status, in: sandbox.root[.inbox]).hint ?? ""
        }
        let group = UserAccount.groupText(inbox.group)
        #expect(try cure(12345, 0o640).contains("chgrp \(group);"))
        #expect(try cure(12345, 0o600).contains("chgrp \(group) and chmod g+r;"))
        #expect(try cure(inbox.group, 0o600).contains(": chmod g+r;"))
    }

    @Test(.enabled(if: geteuid() == 0, "only root can become somebody who may not read"))
    func unreadableFilesAreLeftAloneUntilTheirModeChanges() throws {
        try sandbox.drop("a.json")
        chmod("\(sandbox.path)/inbox/a.json", 0o600)
        var inbox = inbox()
        func lookAsNobody(after seconds: Double = 0) -> String {
            FileSystemUser.asNobody { look(&inbox, "a.json", after: seconds) }
        }
        #expect(lookAsNobody() == "leave unreadable")
        chmod("\(sandbox.path)/inbox/a.json", 0o620)
        #expect(lookAsNobody(after: 30) == "leave unreadable")
        chmod("\(sandbox.path)/inbox/a.json", 0o644)
        #expect(lookAsNobody() == "ready")
    }

    /// Hard links do not ask whether their maker may read the file.
    @Test func whatMayBeSomebodyElsesIsLeftAloneUntilItMayBeReadOrHasNoOtherName() throws {
        try sandbox.drop("a.json")
        try sandbox.drop("b.json")
        let inbox0 = "\(sandbox.path)/inbox"
        for name in ["a", "b"] {
            chmod("\(inbox0)/\(name).json", 0o600)
            link("\(inbox0)/\(name).json", "\(sandbox.path)/\(name)")
        }
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "leave borrowed_file")
        #expect(inbox.blocked == ["a.json"])
        chmod("\(inbox0)/a.json", 0o640)
        #expect(look(&inbox, "a.json") == "ready")
        #expect(inbox.blocked == [])
        #expect(look(&inbox, "b.json") == "leave borrowed_file")
        unlink("\(sandbox.path)/b")
        #expect(look(&inbox, "b.json") == "ready")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func anotherGroupsPermissionsDoNotCount() throws {
        try sandbox.drop("a.json")
        let path = "\(sandbox.path)/inbox/a.json"
        chown(path, 12345, 12345)
        chmod(path, 0o640)
        link(path, "\(sandbox.path)/a")
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "leave borrowed_file")
        chmod(path, 0o644)
        #expect(look(&inbox, "a.json") == "ready")
    }

    /// A writer that has just opened a file again does not show in its status.
    @Test func looksAnewForAWriter() throws {
        try sandbox.write("{copy}", to: "inbox/a.json")
        var inbox = inbox()
        guard case .ready(_, let stamp, _) = inbox.examine("a.json", instant: start) else {
            throw Unexpected(what: "it is not ready")
        }
        func isStillReady() throws -> Bool {
            try Inbox.isStillReady("a.json", stamp, in: sandbox.root[.inbox])
        }
        let writer = open("\(sandbox.path)/inbox/a.json", O_WRONLY | O_CLOEXEC)
        #expect(word(inbox.examine("a.json", known: stamp, instant: start)) == "unchanged")
        #expect(try !isStillReady())
        close(writer)
        try sandbox.waitForWriters(of: "inbox/a.json")
        #expect(try isStillReady())
        try sandbox.write("{copy} ", to: "inbox/a.json")
        #expect(try !isStillReady(), "it has other bytes")
        unlink("\(sandbox.path)/inbox/a.json")
        #expect(try !isStillReady(), "it is gone")
    }

    /// What could not be moved away is not judged again and again, until there is something new about it or some
    /// time has passed.
    @Test func whatCannotBeMovedIsLeftAlone() throws {
        mkdir("\(sandbox.path)/inbox/a.json", 0o700)
        var inbox = inbox()
        guard case .reject(let failure, let status) = inbox.examine("a.json", instant: start) else {
            throw Unexpected(what: "it is taken for a job")
        }
        inbox.leave("a.json", status, because: failure, until: start + .seconds(60))
        #expect(look(&inbox, "a.json") == "leave not_a_file")
        // What was in the way may be gone, of which the file knows nothing.
        #expect(look(&inbox, "a.json", after: 59) == "leave not_a_file")
        #expect(look(&inbox, "a.json", after: 60) == "reject not_a_file")
        inbox.leave("a.json", status, because: failure, until: start + .seconds(120))
        #expect(look(&inbox, "a.json", after: 60) == "leave not_a_file")
        chmod("\(sandbox.path)/inbox/a.json", 0o755)
        #expect(look(&inbox, "a.json") == "reject not_a_file")
    }

    /// However old or new it says it is: clocks are set, and a file server has its own.
    @Test(arguments: [0, 4_000_000_000])
    func theQuietTimeIsMeasuredByLooking(_ modified: Int) throws {
        try sandbox.drop("a.json", "{co")
        try sandbox.root[.inbox].setModified("a.json", to: modified)
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "wait 2.0 s")
        #expect(look(&inbox, "a.json", after: 1.5) == "wait 500 ms")
        #expect(look(&inbox, "a.json", after: 2) == "reject invalid_spec")
    }

    @Test func whatIsNotThereIsGone() {
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "gone")
    }

    @Test func looksAtAnotherDirectoryWhenTold() throws {
        try sandbox.write("{copy}", to: "inbox/a.json")
        try sandbox.move("inbox", to: "old")
        try sandbox.make("inbox")
        var inbox = inbox()
        #expect(look(&inbox, "a.json") == "ready")
        inbox.move(to: try sandbox.root.reopenedInbox())
        #expect(look(&inbox, "a.json") == "gone")
    }
}

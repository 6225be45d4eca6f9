import Core
import Glibc
import Linux

/// Looks at the files of the inbox and says what each is. It remembers only what saves it from
/// saying the same thing twice, and since when a file has not changed.
public struct Inbox: Sendable {
    /// A job that can be claimed.
    public struct Candidate: Hashable, Sendable {
        /// Its name in the inbox.
        public var name: FileName
        /// Higher goes first.
        public var priority: Int
        /// When it got its name or its bytes, whatever time of modification was put on it.
        public var arrived: Timestamp
        /// Whose it is.
        public var owner: UInt32
        /// Tells its bytes from others, as far as a status does, and not its permissions; nil if it does not.
        public var contents: UInt64?
    }

    /// What a file in the inbox is.
    public enum Verdict: Sendable {
        /// A job, by the file of this status. The stamp tells this version of it from others, as far as a
        /// status does.
        case ready(Candidate, stamp: UInt64, FileStatus)
        /// A job, and the one it was known to be.
        case unchanged
        /// Not complete, or not to be made yet: look again after this time. The remark is what there is to
        /// say of it meanwhile.
        case wait(Duration, Remark?)
        /// Not a job, and never will be: the file of this status.
        case reject(Failure, FileStatus)
        /// Nothing to do, and why, if that is worth a word.
        case leaveAlone(Remark?)
        /// There is no such file.
        case gone
    }

    /// What there is to say of a file that is not taken up.
    public struct Remark: Hashable, Sendable {
        /// What keeps it, and what to do about it.
        public var failure: Failure
        /// The file when that was found.
        public var status: FileStatus
        /// Whether somebody is to be told, beside those who ask what becomes of the file.
        public var isProblem: Bool

        /// Makes a remark.
        public init(failure: Failure, status: FileStatus, isProblem: Bool = true) {
            self.failure = failure
            self.status = status
            self.isProblem = isProblem
        }
    }

    private struct Sighting {
        var status: FileStatus
        var since: ContinuousClock.Instant
        /// Whether it came by a rename, so that its bytes were there before its name.
        var renamedIn = false
        /// Why it could not be moved to where it belongs, and until when that is not tried again; nil if it was
        /// not tried.
        var obstacle: (failure: Failure, until: ContinuousClock.Instant)?
    }

    private var directory: Directory
    private let settling: Settling
    private let parse: SpecParser
    private var sightings: [FileName: Sighting] = [:]
    /// The files that wait for somebody to change their permissions or links. The directory does
    /// not change by that.
    public private(set) var blocked: Set<FileName> = []

    /// Looks at `directory`.
    public init(_ directory: Directory, settling: Settling, parse: @escaping SpecParser) {
        self.directory = directory
        self.settling = settling
        self.parse = parse
    }

    /// Whether a name can be a job's at all. Dotfiles and names that do not end in `.json`, in whatever
    /// case, are somebody's business, but not ours.
    public static func isJobName(_ name: FileName) -> Bool {
        name.isJSON && !name.hasPrefix(".")
    }

    /// Whether a file is the very job it was found to be, and nobody writes it: what a status does not
    /// show, a writer that has opened the file again, is seen by this alone.
    public static func isStillReady(
        _ name: FileName, _ stamp: UInt64, in directory: Directory
    ) throws(Failure) -> Bool {
        try converting("look at \(name.display):") {
            guard let status = try directory.status(name), Self.stamp(of: status) == stamp else {
                return false
            }
            do throws(SystemError) {
                return try directory.open(entry: name).hasNoWriter() != false
            } catch {
                // Gone, exchanged or closed to us in between: a look will tell.
                guard [ENOENT, EACCES, EPERM, EAGAIN, ELOOP, ENXIO].contains(error.errno) else {
                    throw error
                }
                return false
            }
        }
    }

    /// Looks at one file. `known` is the stamp with which it was found to be a job before. `instant`
    /// is the steady clock: the wall clock may be set, and a file server has another.
    public mutating func examine(
        _ name: FileName, renamedIn: Bool = false, known: UInt64? = nil,
        instant: ContinuousClock.Instant
    ) -> Verdict {
        do throws(SystemError) {
            blocked.remove(name)
            guard let status = try directory.status(name) else {
                sightings[name] = nil
                return .gone
            }
            // Looked at again and again while it waits for its turn.
            if known == Self.stamp(of: status) { return .unchanged }
            var sighting = sightings[name] ?? Sighting(status: status, since: instant)
            if sighting.status != status { sighting = Sighting(status: status, since: instant) }
            sighting.renamedIn = sighting.renamedIn || renamedIn
            var isSettled = false
            // What is known of a job is kept by whoever waits for its turn; of what is none, nothing is.
            defer { sightings[name] = isSettled ? nil : sighting }

            if let obstacle = sighting.obstacle, instant < obstacle.until {
                return .leaveAlone(Remark(failure: obstacle.failure, status: status))
            }
            sighting.obstacle = nil
            guard Self.isJobName(name) else {
                isSettled = true
                return .leaveAlone(
                    Self.notAJobName(name, status).map { Remark(failure: $0, status: status) })
            }
            if let failure = Self.misnamed(name) ?? Self.wrongKind(name, status) {
                return .reject(failure, status)
            }
            let verdict = try read(name, instant, &sighting)
            if case .ready = verdict { isSettled = true }
            return verdict
        } catch {
            return verdict(on: error, name)
        }
    }

    private mutating func read(
        _ name: FileName, _ instant: ContinuousClock.Instant, _ sighting: inout Sighting
    ) throws(SystemError) -> Verdict {
        let file = try directory.open(entry: name)
        // Asked before anything is read: a writer that finished in between would leave us with
        // the part it had written, and the word that nobody writes any more.
        let hasNoWriter = file.hasNoWriter()
        let status = try file.status()
        // What was looked at by name may have been exchanged before it was opened.
        if let failure = Self.wrongKind(name, status) { return .reject(failure, status) }
        if sighting.status != status {
            sighting = Sighting(status: status, since: instant, renamedIn: sighting.renamedIn)
        }
        if let failure = Self.borrowed(name, status, from: directory.group) {
            blocked.insert(name)
            return .leaveAlone(Remark(failure: failure, status: status))
        }
        let bytes = try file.read(limit: largestSpec + 1)
        var fault: SpecFault?
        var header: JobHeader?
        do throws(SpecFault) { header = try parse(bytes) } catch { fault = error }

        let seen = Settling.Observation(
            renamedIn: sighting.renamedIn, hasNoWriter: hasNoWriter,
            quiet: instant - sighting.since, isTruncated: fault?.isTruncated ?? false,
            isEmpty: bytes.isEmpty)
        if case .wait(let time) = settling.decide(seen) {
            guard seen.quiet >= settling.patience else { return .wait(time, nil) }
            return .wait(time, Remark(failure: Self.unfinished(name, seen), status: status))
        }
        if let failure = fault?.failure, failure.kind == .transient {
            let remark = Remark(failure: failure, status: status, isProblem: false)
            return .wait(.seconds(failure.retryAfter ?? 1), remark)
        }
        guard let header else {
            return fault.map { .reject($0.failure, status) } ?? .gone
        }
        return .ready(
            Self.candidate(name, status, priority: header.priority),
            stamp: Self.stamp(of: status), status)
    }

    /// A file of this status as one that may be claimed.
    public static func candidate(
        _ name: FileName, _ status: FileStatus, priority: Int = 0
    ) -> Candidate {
        Candidate(
            name: name, priority: priority,
            arrived: Timestamp(secondsSince1970: status.changed), owner: status.owner,
            contents: contents(of: status))
    }

    /// What tells a version of a file from others, as far as a status does.
    public static func stamp(of status: FileStatus) -> UInt64 {
        UInt64(bitPattern: Int64(status.hashValue))
    }

    private static func contents(of status: FileStatus) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(status.identity)
        hasher.combine(status.size)
        hasher.combine(status.modified)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    private mutating func verdict(on error: SystemError, _ name: FileName) -> Verdict {
        let status = sightings[name]?.status
        func alone(_ failure: Failure) -> Verdict {
            .leaveAlone(status.map { Remark(failure: failure, status: $0) })
        }
        switch error.errno {
        case ENOENT: return .gone
        case EACCES, EPERM:
            // Its permissions may yet be mended; the watch tells us when.
            blocked.insert(name)
            return alone(
                status.map { Self.unreadable(name, $0, in: directory) }
                    ?? error.failure("read the job spec"))
        case EAGAIN:
            // Its writer has a lease on it, as file servers do; having asked makes it give way.
            return .wait(.seconds(1), nil)
        case ELOOP, ENXIO, ENODEV:
            // Exchanged for a link or a socket between two looks.
            return .wait(.milliseconds(100), nil)
        default:
            return alone(error.failure("read the job spec"))
        }
    }

    /// Looks at another directory from now on, as when the inbox was replaced.
    public mutating func move(to directory: Directory) {
        self.directory = directory
        sightings = [:]
        blocked = []
    }

    /// Whether a file is there, as far as can be told.
    public func contains(_ name: FileName) -> Bool { (try? directory.contains(name)) != false }

    /// Forgets files that are not in the inbox any more.
    public mutating func forgetGone() {
        sightings = sightings.filter { contains($0.key) }
        blocked = blocked.filter(contains)
    }

    /// A file that is no job, and had this status, could not be moved away: it is left alone until it
    /// changes, or that moment comes: what is in the way may be gone without a trace on the file.
    public mutating func leave(
        _ name: FileName, _ status: FileStatus, because failure: Failure,
        until moment: ContinuousClock.Instant
    ) {
        var sighting = sightings[name] ?? Sighting(status: status, since: .now)
        guard sighting.status == status else { return }
        sighting.obstacle = (failure, moment)
        sightings[name] = sighting
    }

    /// Forgets one file, which is not in the inbox any more.
    public mutating func forget(_ name: FileName) {
        sightings[name] = nil
        blocked.remove(name)
    }
}

extension Inbox {
    /// Why no job can have this name; nil if one can.
    public static func misnamed(_ name: FileName) -> Failure? {
        guard !name.isPlain else { return nil }
        let cause =
            name.hasPrefix("-")
            ? "its name starts with a dash, which programs take for an option"
            : name.text == nil
                ? "its name is not UTF-8" : "its name contains a control character or a line break"
        return Failure(
            .permanent, code: "bad_name", operation: "accept", subject: name.display, cause: cause,
            hint: "Drop it again under a plain name that ends in .json")
    }

    /// Why a file is no job spec, whatever its bytes; nil if it may be one.
    static func wrongKind(_ name: FileName, _ status: FileStatus) -> Failure? {
        if status.kind != .regular {
            return Failure(
                .permanent, code: "not_a_file", operation: "accept", subject: name.display,
                cause: "it is a \(status.kind.rawValue), not a regular file",
                hint: "Drop the job spec itself")
        }
        if status.size > largestSpec {
            return Failure(
                .permanent, code: "too_large", operation: "accept", subject: name.display,
                cause: "it has \(status.size) bytes, and a job spec may have \(largestSpec)",
                hint: "A job spec only names large files; it does not contain them")
        }
        return nil
    }

    /// Why a file with several names may be another's, whom the daemon would serve as a spy; nil
    /// if all who may drop files may read it anyway. Whoever dropped it by link(2) need not be its
    /// owner, nor able to read it: see proc_sys_fs(5), protected_hardlinks, which a file server's
    /// other clients need not have either. `group` is the inbox's.
    static func borrowed(
        _ name: FileName, _ status: FileStatus, from group: UInt32
    ) -> Failure? {
        let mayRead: UInt32 = status.group == group ? 0o044 : 0o004
        guard status.links > 1, status.mode & mayRead == 0 else { return nil }
        return Failure(
            .permanent, code: "borrowed_file", operation: "read the job spec",
            subject: name.display,
            cause:
                "it has \(status.links) names, and not all who may drop jobs may read it, so it may be somebody else's",
            hint: "Rename it into the inbox (mv), or let the group of inbox/ read it")
    }

    /// Why the daemon, whose inbox this is, may not read a file, and what helps: who moves it in from
    /// elsewhere brings its group along, which may be his alone.
    public static func unreadable(
        _ name: FileName, _ status: FileStatus, in inbox: Directory
    ) -> Failure {
        let group =
            status.group == inbox.group ? nil : "chgrp \(UserAccount.groupText(inbox.group))"
        let mode = status.mode & 0o040 == 0 ? "chmod g+r" : nil
        let cure = [group, mode].compactMap(\.self).joined(separator: " and ")
        let what = cure.isEmpty ? "" : "\(cure); or "
        return Failure(
            .permanent, code: "unreadable", operation: "read the job spec", subject: name.display,
            cause: "permission denied",
            hint: "Its owner can help: \(what)'reelctl submit' instead of moving it")
    }

    /// What there is to say of a file that has been unfinished and unchanged for long.
    private static func unfinished(_ name: FileName, _ seen: Settling.Observation) -> Failure {
        let time = Duration.seconds(seen.quiet.seconds.rounded()).text
        let (code, cause, hint) =
            if seen.hasNoWriter == false {
                (
                    "still_open",
                    "a program has it open for writing, and wrote nothing for \(time)",
                    "It is taken when that program closes it"
                )
            } else if seen.isEmpty {
                ("empty", "it is empty", "It is taken when it has been written")
            } else {
                (
                    "incomplete", "its end is missing, and nothing was written for \(time)",
                    "It is taken when the rest has come"
                )
            }
        return Failure(
            .transient, code: code, operation: "take up", subject: name.display, cause: cause,
            hint: hint)
    }

    /// Why a file is left alone; nil for the temporary files of editors and copiers.
    public static func notAJobName(_ name: FileName, _ status: FileStatus) -> Failure? {
        let temporaries = ["~", ".part", ".tmp", ".swp", ".crdownload", ".filepart", ".partial"]
        if name.hasPrefix(".") || temporaries.contains(where: name.hasSuffix) { return nil }
        let isFile = status.kind == .regular
        return Failure(
            .permanent, code: "not_a_job", operation: "take for a job", subject: name.display,
            cause: isFile
                ? "its name does not end in .json"
                : "it is a \(status.kind.rawValue), and its name does not end in .json",
            hint: isFile ? "Rename it if it is one" : "Drop the job specs themselves")
    }
}

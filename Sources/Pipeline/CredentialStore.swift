import Core
import Glibc
import Linux

/// The secrets that the service manager gave to this process, of which each step gets those that it names: as
/// files, for as long as its program runs, in a directory that nobody but this user may enter. See
/// systemd.exec(5), "Credentials".
public struct CredentialStore: Hashable, Sendable {
    /// Where they are; nil if none were given.
    public var source: String?
    /// Where the directories of steps are made: on no disk, if there is such a place.
    public var place: String

    /// The most bytes one may have, as with systemd.
    private static let largest = 1 << 20

    /// Makes a store.
    public init(source: String?, place: String) {
        self.source = source
        self.place = place
    }

    /// What this process was given, to be looked at alone.
    public static var ofProcess: CredentialStore {
        CredentialStore(source: variable("CREDENTIALS_DIRECTORY"), place: "")
    }

    /// That of this process. `identity` tells the root of its daemon from others.
    public init(ofDaemonAt identity: FileStatus.Identity) {
        let parents =
            ["RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"].compactMap(Self.variable) + ["/dev/shm"]
        let parent =
            parents.first { access($0, W_OK | X_OK) == 0 } ?? Self.variable("TMPDIR") ?? "/tmp"
        self.init(
            source: Self.variable("CREDENTIALS_DIRECTORY"),
            place: "\(parent)/reeld-credentials-\(geteuid())-\(identity.device)-\(identity.inode)")
    }

    private static func variable(_ name: String) -> String? {
        // RUNTIME_DIRECTORY may name several, with colons between them.
        let value = getenv(name).map { String(cString: $0) } ?? ""
        return value.split(separator: ":").first.map(String.init)
    }

    /// Why a step cannot be given one of these; nil if it can.
    public func failure(_ name: String) -> Failure? {
        guard let source else {
            return missing(name, "reeld was given none ($CREDENTIALS_DIRECTORY is not set)")
        }
        guard access("\(source)/\(name)", R_OK) == 0 else {
            return missing(name, "it is not among those that reeld was given")
        }
        return nil
    }

    private func missing(_ name: String, _ cause: String) -> Failure {
        Failure(
            .unavailable, code: "credential_missing", operation: "find",
            subject: "the credential \(name)", cause: cause,
            hint:
                "Give it to the service with 'systemctl edit reeld', [Service] LoadCredential=\(name):/the/file/it/is/in, and restart that"
        )
    }

    /// A directory that holds these and nothing else; nil for none. It is there until its `remove()`. What keeps
    /// it from being made is never the job's fault.
    func handOut(_ names: [String]) throws(Failure) -> Handout? {
        guard !names.isEmpty else { return nil }
        for name in names {
            if let failure = failure(name) { throw failure }
        }
        do {
            return try copy(names)
        } catch {
            var failure = Failure(error, "hand out credentials in")
            if failure.kind == .permanent { failure.kind = .unavailable }
            throw failure
        }
    }

    private func copy(_ names: [String]) throws -> Handout {
        let parent = try openPlace()
        let name = FileName(String(UInt64.random(in: .min ... .max), radix: 36))
        try parent.make(name, mode: 0o700)
        let handout = Handout(parent: parent, name: name)
        do {
            let directory = try parent.directory(name.display)
            for name in names {
                let bytes = try read(name)
                let file = try directory.open(name, O_WRONLY | O_CREAT | O_EXCL, mode: 0o400)
                try file.write(bytes)
            }
        } catch {
            handout.remove()
            throw error
        }
        return handout
    }

    /// Removes all that was handed out, also by a daemon of this root that was killed. None may be at work.
    public func clear() throws(Failure) {
        guard access(place, F_OK) == 0 else { return }
        try converting("clear") {
            let directory = try openPlace()
            for name in try directory.entries() { try directory.removeTree(name) }
            guard rmdir(place) == 0 else { throw SystemError("rmdir", place) }
        }
    }

    private func read(_ name: String) throws -> [UInt8] {
        let path = "\(source ?? "")/\(name)"
        let number = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard number >= 0 else { throw SystemError("open", path) }
        let file = Descriptor(owning: number, subject: path)
        guard try file.status().kind == .regular else {
            throw SystemError("read", path, errno: EINVAL)
        }
        let bytes = try file.read(limit: Self.largest + 1)
        guard bytes.count <= Self.largest else { throw SystemError("read", path, errno: EFBIG) }
        return bytes
    }

    /// The parent may be everybody's: what has the name there must be ours.
    private func openPlace() throws -> Directory {
        if mkdir(place, 0o700) != 0, errno != EEXIST { throw SystemError("mkdir", place) }
        var status = stat()
        guard lstat(place, &status) == 0 else { throw SystemError("lstat", place) }
        let directory = try Directory(path: place)
        guard FileStatus.Identity(status) == directory.identity, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else {
            throw Failure(
                .unavailable, code: "no_permission", operation: "hand out credentials in",
                subject: place, cause: "it is not a directory of reeld's own",
                hint: "Remove it")
        }
        return directory
    }

    /// What one run of a tool was given.
    struct Handout {
        fileprivate let parent: Directory
        fileprivate let name: FileName

        /// Its path.
        var path: String { parent.subject(name) }

        /// What cannot be removed now is when the next daemon starts.
        func remove() { try? parent.removeTree(name) }
    }
}

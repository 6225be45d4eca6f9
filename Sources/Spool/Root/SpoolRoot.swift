import Core
import Glibc
import Linux

/// The directory everything lives under, opened.
public struct SpoolRoot: Sendable {
    /// The root itself.
    public let directory: Directory
    /// Where sessions are built, under `outputs`.
    public let staging: Directory
    /// Shares the syncs of all that happens under this root.
    public let sync: GroupCommit
    /// The path it was asked for by, from the root of the file system; links in it are not followed yet.
    let given: String
    /// Numbers the claims.
    let arrivals: ArrivalCounter
    /// Keeps an id from being given twice.
    let recentIDs = RecentSessionIDs()

    private let directories: [SpoolDirectory: Directory]

    /// The directory of a state.
    public subscript(_ state: SpoolDirectory) -> Directory {
        // Every case is put in by `init`; the root stands in for none.
        directories[state] ?? directory
    }

    /// The root's absolute path.
    public var path: String { directory.path }

    /// Opens the root, making what is missing.
    public init(creating path: String) throws(SystemError) {
        let path = Self.absolute(path)
        var made = ""
        var refusal: SystemError?
        for part in path.split(separator: "/") {
            made += "/" + part
            guard mkdir(made, 0o2750) != 0, errno != EEXIST else { continue }
            let error = SystemError("mkdir", made)
            // One that is there already may be where we could not make it.
            guard error.errno == EACCES || error.errno == EROFS else { throw error }
            refusal = error
        }
        let root: Directory
        do throws(SystemError) { root = try Self.open(path) } catch {
            throw error.errno == ENOENT ? refusal ?? error : error
        }
        for state in SpoolDirectory.allCases { try Self.make(state, in: root) }
        let outputs = try root.directory(SpoolDirectory.outputs.rawValue)
        try outputs.make(".staging")
        try outputs.sync()
        try root.sync()
        try self.init(opening: root, by: path)
    }

    /// Opens a root that is there.
    public init(path: String) throws(SystemError) {
        let path = Self.absolute(path)
        try self.init(opening: Self.open(path), by: path)
    }

    private init(opening root: Directory, by path: String) throws(SystemError) {
        directory = root
        given = path
        sync = GroupCommit(root: root)
        var opened: [SpoolDirectory: Directory] = [:]
        for state in SpoolDirectory.allCases {
            opened[state] = try root.directory(state.rawValue)
        }
        directories = opened
        arrivals = ArrivalCounter(
            state: opened[.state] ?? root, outputs: opened[.outputs] ?? root)
        staging = try root.directory("\(SpoolDirectory.outputs.rawValue)/.staging")
    }

    /// Opens a directory by its one path without links, which tools are told, whichever way the
    /// configuration spells it. See realpath(3).
    private static func open(_ path: String) throws(SystemError) -> Directory {
        guard let real = realpath(path, nil) else { throw SystemError("realpath", path) }
        defer { free(real) }
        return try Directory(path: String(cString: real))
    }

    private static func make(
        _ state: SpoolDirectory, in root: Directory
    ) throws(SystemError) {
        let name = FileName(state.rawValue)
        if try root.contains(name) { return }
        // mkdir(2) cuts the mode by the umask, so it is set whole before the directory gets its
        // name: after a crash in between, nobody would set it any more.
        let draft = FileName(".\(state.rawValue).new")
        try root.make(draft)
        guard fchmodat(root.number, draft.display, state.mode, 0) == 0 else {
            throw SystemError("fchmodat", root.subject(draft))
        }
        do throws(SystemError) {
            if try !root.rename(draft, into: root, as: name) { try root.removeTree(draft) }
        } catch {
            // Where nothing can be renamed, nothing is to be left behind either.
            _ = try? root.removeTree(draft)
            throw error
        }
    }

    /// Takes from the group what it could do in a root of an earlier version. Only a directory that has
    /// the very mode it was made with then is changed: any other is somebody's wish. Returns those that
    /// were.
    public func closeOnceOpen() throws(SystemError) -> [SpoolDirectory] {
        let (directories, mode) = SpoolDirectory.onceOpen
        var closed: [SpoolDirectory] = []
        for state in directories where try self[state].status().mode == mode {
            try directory.setMode(FileName(state.rawValue), to: state.mode)
            closed.append(state)
        }
        return closed
    }

    /// The inbox as its path leads to now, which may not be the one that was opened; made again
    /// if it is gone.
    public func reopenedInbox() throws(SystemError) -> Directory { try reopened(.inbox) }

    /// The same for any directory.
    public func reopened(_ state: SpoolDirectory) throws(SystemError) -> Directory {
        try Self.make(state, in: directory)
        return try directory.directory(state.rawValue)
    }

    /// The path, from the root of the file system.
    public static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return path.isEmpty ? String(cString: here) : "\(String(cString: here))/\(path)"
    }
}

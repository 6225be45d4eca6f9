import Glibc

/// Why something that is needed by its path is not to be had, said so that a person knows what to do.
public struct PathFault: Hashable, Sendable {
    /// The sentence, without its subject and full stop: `ProtectHome=yes hides /home from the service reeld`.
    public var cause: String
    /// What to do about it, likewise; nil if only whoever needs it knows.
    public var remedy: String?

    /// What the path is needed for.
    public enum Use: Sendable {
        /// To be executed.
        case program
        /// To find files in.
        case directory
        /// To make files in; what is not there yet is made.
        case root
    }

    /// Looks at a path, for this process or for a service whose settings are known; nil if nothing is wrong
    /// with it. May take as long as its file system.
    public init?(of path: String, as use: Use, for unit: ServiceUnit? = nil) {
        if let unit, unit.isKnown {
            let concealment = Concealment(
                of: use == .program ? Self.directory(of: path) : path, writing: use == .root,
                by: unit)
            if let concealment {
                self.init(concealment)
                return
            }
        }
        var status = stat()
        let isThere = stat(path, &status) == 0
        let error = errno
        let isDirectory = isThere && status.st_mode & S_IFMT == S_IFDIR
        switch use {
        case .root:
            guard unit?.isKnown != true, let concealment = Concealment(of: path, writing: true)
            else { return nil }
            self.init(concealment)
        case .program, .directory:
            if !isThere {
                self.init(of: path, as: use, failedWith: error)
            } else if isDirectory != (use == .directory) {
                self.init(cause: isDirectory ? "it is a directory" : "it is no directory")
            } else if access(path, isDirectory ? R_OK | X_OK : X_OK) != 0 {
                self.init(of: path, as: use, failedWith: errno)
            } else if isDirectory, let concealment = Concealment(of: path),
                concealment.place == path
            {
                // An empty one was put in its place.
                self.init(concealment)
            } else {
                return nil
            }
        }
    }

    /// What it means that a call on this path failed so.
    public init(of path: String, as use: Use = .program, failedWith errno: Int32) {
        self.init(cause: String(cString: strerror(errno)).lowercasedFirst)
        guard [ENOENT, EACCES, ENOTDIR, EPERM].contains(errno) else { return }
        // Whoever needs a file needs its neighbours.
        let place = use == .directory ? path : Self.directory(of: path)
        if let concealment = Concealment(of: place) ?? Concealment(of: path) {
            cause += ": \(concealment.cause)"
            remedy = concealment.remedy
        } else if errno == ENOENT, let missing = Self.missingDirectory(of: path) {
            cause += ": there is no directory \(missing)"
        }
    }

    private init(cause: String, remedy: String? = nil) {
        self.cause = cause
        self.remedy = remedy
    }

    private init(_ concealment: Concealment) {
        self.init(cause: concealment.cause, remedy: concealment.remedy)
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// The first directory on the way to a path that is not there.
    private static func missingDirectory(of path: String) -> String? {
        var missing: String?
        var start = path[...]
        while let slash = start.lastIndex(of: "/"), slash > start.startIndex {
            start = start[..<slash]
            guard access(String(start), F_OK) != 0, errno == ENOENT else { break }
            missing = String(start)
        }
        return missing
    }
}

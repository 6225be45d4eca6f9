import Core
import Linux

/// Something the daemon is asked to do about one job, by a file in `control/`: `TARGET.VERB`, or
/// `TARGET.VERB~WORD` where somebody else's file has that name.
public struct ControlRequest: Hashable, Sendable {
    /// What to do.
    public enum Verb: String, Codable, Sendable, CaseIterable {
        /// End it; its file goes to `failed/`.
        case cancel
        /// Set it aside in `held/`.
        case hold
        /// Let it go on from there.
        case release
        /// Try it again after it failed or was rejected.
        case retry
        /// Call those of its hooks again that failed.
        case retryHooks = "retry-hooks"
        /// It was looked at, and is as it should be.
        case approve
        /// It was looked at, and is not; the file may say why.
        case reject

        /// The ends after which it is about a job, even if another of the name has not ended.
        var ends: [SpoolDirectory] {
            switch self {
            case .retry: [.failed, .rejected]
            case .retryHooks: [.done, .failed, .rejected]
            case .cancel, .hold, .release, .approve, .reject: []
            }
        }

        /// Whether any member of the group may ask for it, whoever's the job is: those who look at videos are
        /// not those who order them.
        public var isForAll: Bool { self == .approve || self == .reject }
    }

    /// The job it is about.
    public enum Target: Hashable, Sendable {
        /// By its session's id.
        case session(SessionID)
        /// By its file's name: one that waits or has ended, or that a session was dropped by.
        case file(FileName)

        /// The job that a name means: a session's id, or else a file's name.
        public init(_ name: FileName) {
            self = name.text.flatMap { SessionID($0) }.map(Self.session) ?? .file(name)
        }

        /// The name it goes by.
        public var name: FileName {
            switch self {
            case .session(let id): FileName(id.description)
            case .file(let name): name
            }
        }
    }

    /// The job it is about.
    public var target: Target
    /// What to do.
    public var verb: Verb

    /// Makes a request.
    public init(_ verb: Verb, _ target: Target) {
        self.verb = verb
        self.target = target
    }

    /// Reads a request from the name of its file; nil if it is none.
    public init?(_ name: FileName) {
        let name = name.withoutWord
        guard let verb = Verb.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }),
            let target = FileName(bytes: name.bytes.dropLast(verb.rawValue.utf8.count + 1))
        else { return nil }
        self.init(verb, Target(target))
        // What cannot be a job is nobody's target, such as a temporary file in the inbox.
        if case .file(let file) = self.target, !Inbox.isJobName(file) { return nil }
    }

    /// The name of its file; nil if it is longer than a name may be.
    public var fileName: FileName? { fileName(word: nil) }

    /// The same with a word of one's own, so that nobody else has it.
    public func fileName(word: String?) -> FileName? {
        let ending = word.map { ".\(verb.rawValue)~\($0)" } ?? ".\(verb.rawValue)"
        let name = target.name.appending(ending)
        return name.bytes.count <= FileName.longest ? name : nil
    }
}

extension FileName {
    /// A request's name without the word behind it: up to 16 letters and digits after a tilde.
    fileprivate var withoutWord: FileName {
        guard let mark = bytes.lastIndex(of: UInt8(ascii: "~")) else { return self }
        let word = bytes[(mark + 1)...]
        guard (1...16).contains(word.count),
            word.allSatisfy({ Character(Unicode.Scalar($0)).isASCIIWord })
        else { return self }
        return FileName(bytes: bytes[..<mark]) ?? self
    }
}

extension Character {
    fileprivate var isASCIIWord: Bool { isASCII && (isLetter || isNumber) }
}

extension ControlRequest {
    /// While a file of this name is in `control/`, no job is started.
    public static let pause: FileName = "paused"
    /// A file of this name asks the daemon to take that away, whoever put it there: others may not.
    public static let resume: FileName = "resume"

    /// Why the file of a request says nothing about who made it; nil if its owner did.
    ///
    /// Who owns a file may not have put it there: a file can be linked, or moved out of a directory that is not
    /// its owner's. One that was made in `control/` has the group of the directory, which passes it on (see
    /// "Directories and the set-group-ID bit" in inode(7)), but so has one from another directory of the group; that
    /// one was made a while before it was moved, or says something. `maySay`: it may begin with `because `.
    public static func objection(
        to status: FileStatus, born: Double?, in directory: FileStatus, maySay: Bool = false
    ) -> String? {
        if status.kind != .regular { return "it is a \(status.kind.rawValue)" }
        if status.links != 1 { return "it has \(status.links) names" }
        if status.group != directory.group { return "it was not made in control/" }
        // An end of line is nothing.
        if status.size > 1, !maySay { return "it is not empty" }
        if let born, status.changed - born > longestMaking {
            return "it was made long before it came there, or changed since"
        }
        return nil
    }

    /// The same of a file that is there.
    public static func objection(
        to name: FileName, _ status: FileStatus, in control: Directory, maySay: Bool = false
    ) throws(SystemError) -> String? {
        objection(
            to: status, born: control.born(name), in: try control.status(), maySay: maySay)
    }

    /// How long it may take to make a request, in seconds.
    private static let longestMaking = 10.0
    /// What a request begins with that says why it is made.
    public static let because = "because "

    /// Whether `user` may ask for `verb` about a job of `owner` of a daemon that runs as `daemon`.
    public static func mayBeMade(
        _ verb: Verb, by user: UInt32, owner: UInt32, daemon: UInt32
    ) -> Bool {
        verb.isForAll || user == owner || user == 0 || user == daemon
    }

    /// The most bytes of what a request's file says that are read.
    public static let mostWords = 2000
}

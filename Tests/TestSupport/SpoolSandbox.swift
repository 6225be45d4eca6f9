import Core
import Foundation
import Linux
import Spool

/// What a test did not count on.
public struct Unexpected: Error {
    /// What came instead.
    public let what: String

    /// Makes the error.
    public init(what: String) { self.what = what }
}

/// A spool of its own, gone with the value, and a parser that takes anything in braces for a job
/// spec: what is between them is the pipeline's name.
public struct SpoolSandbox: Sendable {
    private let temporary = TemporaryDirectory()
    /// The spool.
    public let root: SpoolRoot
    /// Its clock.
    public let time = ManualTime()

    /// Makes an empty spool.
    public init() throws { root = try SpoolRoot(creating: "\(temporary.path)/spool") }

    /// Makes a spool with all that another one holds, at the same time of its clock.
    public init(copying other: SpoolSandbox) throws {
        var arguments = ["cp", "-a", other.path, temporary.path].map { (text: String) in
            strdup(text)
        }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var pid = pid_t()
        var status: Int32 = -1
        guard posix_spawn(&pid, "/bin/cp", nil, nil, &arguments, environ) == 0,
            waitpid(pid, &status, 0) == pid, status == 0
        else { throw Unexpected(what: "cp: \(status)") }
        root = try SpoolRoot(path: "\(temporary.path)/spool")
        time.advance(by: other.time.steady)
    }

    /// The spool's path.
    public var path: String { root.path }

    /// `{name}` and `{name#id}` are specs, what does not end in a brace is truncated, anything else is wrong.
    public static let parse: SpecParser = { (bytes) throws(SpecFault) in
        let text = String(decoding: bytes, as: UTF8.self)
        if text.hasPrefix("{"), text.hasSuffix("}") {
            let parts = text.dropFirst().dropLast().split(separator: "#", maxSplits: 1)
            return JobHeader(
                pipeline: parts.first.map(String.init) ?? "",
                id: parts.dropFirst().first.map(String.init))
        }
        throw SpecFault(
            Failure(
                .permanent, code: "invalid_spec", operation: "accept", subject: "the job spec",
                cause: "it is garbage"),
            isTruncated: text.isEmpty || text.hasPrefix("{") && !text.contains("}"))
    }

    /// Renames a file into the inbox.
    public func drop(_ name: FileName, _ text: String = "{copy}") throws {
        try root.directory.write(Array(text.utf8), to: ".drop")
        try waitForWriters(of: ".drop")
        try root.directory.move(".drop", into: root[.inbox], replacing: name)
    }

    /// A claim that calls files by the handles given, the last for ever, or else as it does.
    public func claim(handles: [UInt32] = []) -> Claim {
        let numbers = Numbers(handles)
        return Claim(
            root: root, settling: Settling(quietTime: .zero), parse: Self.parse,
            now: { [time] in time.now }
        ) { (inbox, name) throws(SystemError) in
            try handles.isEmpty ? inbox.handle(name) : JobHandle(numbers.next())
        }
    }

    /// A complete job in the inbox, as a candidate for a claim.
    public func candidate(_ name: FileName) throws -> Inbox.Candidate {
        var inbox = Inbox(root[.inbox], settling: Settling(quietTime: .zero), parse: Self.parse)
        let verdict = inbox.examine(name, renamedIn: true, instant: .now)
        guard case .ready(let candidate, _, _) = verdict else {
            throw Unexpected(what: "\(verdict)")
        }
        return candidate
    }

    /// A new session.
    public func session(_ name: FileName = "a.json", _ text: String = "{copy}") async throws
        -> Session
    {
        try drop(name, text)
        let result = try claim().claim(name, in: root[.inbox])
        guard case .job(let session, _) = result else { throw Unexpected(what: "\(result)") }
        try session.update()
        return session
    }

    /// The names in a directory of the spool, in order, fit for display.
    public func list(_ place: String) throws -> [String] {
        try Directory(path: "\(path)/\(place)").entries().map(\.display).sorted()
    }

    /// The text of a file; nil if there is none.
    public func text(_ place: String) -> String? {
        try? String(contentsOfFile: "\(path)/\(place)", encoding: .utf8)
    }

    /// Writes a file in place, making the directories on the way.
    public func write(_ text: String, to place: String) throws {
        let file = URL(filePath: "\(path)/\(place)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try waitForWriters(of: place)
    }

    /// Returns when nobody has a file open for writing. A child that another test is just starting
    /// holds all our descriptors until it executes its program.
    public func waitForWriters(of place: String) throws {
        let file = try root.directory.open(place, O_RDONLY)
        let deadline = ContinuousClock.now + patience
        while file.hasNoWriter() == false, .now < deadline { sched_yield() }
    }

    /// Makes a directory.
    public func make(_ place: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(path)/\(place)", withIntermediateDirectories: true)
    }

    /// Renames a file or directory.
    public func move(_ place: String, to newPlace: String) throws {
        try FileManager.default.moveItem(atPath: "\(path)/\(place)", toPath: "\(path)/\(newPlace)")
    }

    /// Removes a file or directory.
    public func remove(_ place: String) throws {
        try FileManager.default.removeItem(atPath: "\(path)/\(place)")
    }

    /// A receipt.
    public func receipt(_ place: String) throws -> Receipt {
        try RecordFile.decode(
            Receipt.self, from: Array((text(place) ?? "").utf8), subject: place)
    }
}

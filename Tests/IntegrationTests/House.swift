import FoundationEssentials
import Glibc
import Linux
import TestSupport
import Testing

/// A directory of its own for a test: a root for the daemon, its configuration, and what else the
/// test needs beside it. All that was started is ended when the house is released.
final class House {
    private let directory = TemporaryDirectory()
    private var daemons: [RunningDaemon] = []

    /// The directory.
    var path: String { directory.path }
    /// The daemon's root.
    var root: String { "\(path)/root" }
    /// Where its configuration is.
    var configurationPath: String { "\(path)/reeld.json5" }

    init(_ settings: HouseSettings = HouseSettings()) throws {
        _ = Self.hasWatchesForAll
        try configure(settings)
    }

    /// Dozens of daemons run at once here, and a user has 128 instances of inotify unless told
    /// otherwise: where it is allowed, the limit is raised. See inotify(7).
    private static let hasWatchesForAll: Bool = {
        let limit = "/proc/sys/fs/inotify/max_user_instances"
        let wanted = 1024
        guard let text = try? readFile(limit),
            let now = Int(String(decoding: text, as: UTF8.self).prefix { $0.isNumber })
        else { return false }
        if now >= wanted { return true }
        let file = open(limit, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return write(file, "\(wanted)", 4) == 4
    }()

    deinit {
        for daemon in daemons { daemon.end() }
        // What a killed daemon left running.
        _ = ProcessTable.killAll(patience: .seconds(10)) {
            ProcessTable.values(of: "REELD_ROOT", in: $0).contains(root)
        }
    }

    /// Writes the configuration.
    func configure(_ settings: HouseSettings) throws {
        try writeFile(configurationPath, settings.text.utf8)
    }

    /// Starts a program with the daemon's usual arguments or others; `prefix` goes before it.
    func launch(_ arguments: [String]? = nil, prefix: [String] = []) throws -> RunningDaemon {
        let number = daemons.count
        let usual = ["--config", configurationPath, "--root", root]
        let daemon = try RunningDaemon(
            prefix + [RunningDaemon.program()] + (arguments ?? usual),
            log: "\(path)/log.\(number)", output: "\(path)/output.\(number)")
        daemons.append(daemon)
        return daemon
    }

    /// Starts the daemon and returns when it says that it is ready.
    func start(
        prefix: [String] = [], at place: SourceLocation = #_sourceLocation
    ) async throws -> RunningDaemon {
        let daemon = try launch(prefix: prefix)
        try await eventually("the daemon is ready", at: place) { daemon.said("Ready: ") }
        return daemon
    }

    /// Returns when `condition` holds; a daemon that ends meanwhile fails the test.
    func eventually(
        _ what: String, at place: SourceLocation = #_sourceLocation,
        _ condition: () async throws -> Bool
    ) async throws {
        let daemon = daemons.last
        let log = { (daemon?.lines ?? []) + ["The root:"] + self.tree }
        try await IntegrationTests.eventually(what, log: log, at: place) {
            if try await condition() { return true }
            guard !daemons.isEmpty, daemons.allSatisfy(\.hasEnded) else { return false }
            throw Surprise("The daemon has ended:\n" + log().joined(separator: "\n"))
        }
    }

    /// What is in the state directories.
    private var tree: [String] {
        ["inbox", "control", "active", "deferred", "held", "done", "failed", "rejected", "outputs"]
            .map {
                "\($0): \(names(in: $0).joined(separator: " "))"
            }
    }
}

// MARK: - Dropping files

extension House {
    /// A good job spec for a pipeline.
    static func spec(_ pipeline: String = "copy", _ more: String = "") -> String {
        "{\"topic\": \"a test\", \"pipeline\": \"\(pipeline)\"\(more.isEmpty ? "" : ", " + more)}\n"
    }

    /// Drops a file the best way: written elsewhere, then renamed into the inbox.
    func drop(_ name: String, _ text: String = spec()) throws {
        let bytes = Array(name.utf8)
        try drop(bytes, text.utf8)
    }

    /// The same for a name that may be no text.
    func drop(_ name: [UInt8], _ bytes: some Sequence<UInt8>) throws {
        let draft = "\(path)/draft.\(UInt64.random(in: 0...UInt64.max))"
        try writeFile(draft, bytes)
        let target = cString("\(root)/inbox/", name)
        guard rename(draft, target) == 0 else {
            throw Surprise("It cannot be dropped: \(String(cString: strerror(errno)))")
        }
    }

    /// Drops a file into an inbox on a file system of its own: written there, then renamed.
    func place(_ name: String, _ text: String = spec()) throws {
        let draft = "\(root)/inbox/.draft"
        try writeFile(draft, text.utf8)
        guard rename(draft, "\(root)/inbox/\(name)") == 0 else {
            throw Surprise("It cannot be placed: \(String(cString: strerror(errno)))")
        }
    }

    /// A path whose last component need not be text.
    func cString(_ directory: String, _ name: [UInt8]) -> [CChar] {
        (Array(directory.utf8) + name + [0]).map { CChar(bitPattern: $0) }
    }

    /// Makes the inbox where no daemon has made it yet.
    func makeInbox() throws {
        for place in [root, "\(root)/inbox"] where mkdir(place, 0o755) != 0 {
            throw Surprise("\(place) cannot be made: \(String(cString: strerror(errno)))")
        }
    }
}

// MARK: - What a test may need

extension House {
    /// Whether file systems can be mounted here, which takes root.
    static var canMount: Bool {
        let directory = TemporaryDirectory()
        guard mount("none", directory.path, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount(directory.path) == 0
    }

    /// Whether tests that take minutes are wanted.
    static var hasTime: Bool { getenv("REELD_LONG_TESTS") != nil }

    /// Whether the daemon can run as a user for whom permissions count.
    static var canBeSomebodyElse: Bool { getuid() != 0 || access(setpriv, X_OK) == 0 }

    private static let setpriv = "/usr/bin/setpriv"
    private static let other: uid_t = 65_534

    /// What to put before the daemon so that it runs as a user who owns the house and nothing
    /// else, with these capabilities.
    func somebodyElse(capabilities: String = "-all") throws -> [String] {
        guard getuid() == 0 else { return [] }
        let id = "\(Self.other)"
        guard chown(path, Self.other, Self.other) == 0 else {
            throw Surprise("\(path) cannot be given away.")
        }
        return [
            Self.setpriv, "--reuid", id, "--regid", id, "--clear-groups",
            "--inh-caps=\(capabilities)", "--ambient-caps=\(capabilities)",
        ]
    }
}

// MARK: - What became of them

extension House {
    /// What a receipt says.
    struct Receipt: Decodable {
        struct Problem: Decodable {
            var code: String
            var message: String
            var stage: String
            var hint: String?
        }
        struct Output: Decodable {
            var path: String
            var bytes: Int
            var sha256: String
        }
        struct Times: Decodable {
            var arrived: String?
            var claimed: String?
            var finished: String
        }
        var state: String
        var job: String
        var session: String?
        var outputs: [Output]
        var degradations: [String]
        var error: Problem?
        var attempts: [String: Int]
        var retries: Int?
        struct Review: Decodable {
            var verdict: String
            var by: String
            var at: String
            var because: String?
        }
        var times: Times
        var removed: String?
        var hooks: [String: String]?
        var review: Review?
    }

    /// The names in a directory of the root, dotfiles left out.
    func names(in directory: String) -> [String] {
        IntegrationTests.names(in: "\(root)/\(directory)").filter { !$0.hasPrefix(".") }
    }

    /// The jobs in a terminal directory: its files that have a receipt beside them.
    func jobs(in state: String) -> [String] {
        let all = Set(names(in: state))
        return all.filter { all.contains($0 + ".receipt") }.sorted()
    }

    /// A receipt that is there.
    func receipt(of name: String, in state: String) throws -> Receipt {
        try receipt(of: Array(name.utf8), in: state)
    }

    /// The same for a name that may be no text.
    func receipt(of name: [UInt8], in state: String) throws -> Receipt {
        let path = cString("\(root)/\(state)/", name + Array(".receipt".utf8))
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Surprise("There is no receipt.") }
        defer { close(file) }
        return try JSONDecoder().decode(
            Receipt.self, from: Data(readFile("/proc/self/fd/\(file)")))
    }

    /// Waits until a job is in this terminal directory and returns its receipt.
    @discardableResult
    func ended(
        _ name: String, in state: String = "done", at place: SourceLocation = #_sourceLocation
    ) async throws -> Receipt {
        try await ended(Array(name.utf8), in: state, at: place)
    }

    /// The same for a name that may be no text.
    @discardableResult
    func ended(
        _ name: [UInt8], in state: String, at place: SourceLocation = #_sourceLocation
    ) async throws -> Receipt {
        let shown = String(decoding: name, as: UTF8.self)
        try await eventually("\(shown) in \(state)/", at: place) {
            list("\(root)/\(state)").contains(name)
        }
        // The receipt is there before the file is.
        let receipt = try receipt(of: name, in: state)
        #expect(receipt.state == state, sourceLocation: place)
        return receipt
    }

    /// The bytes of a published file.
    func published(_ output: Receipt.Output) throws -> [UInt8] {
        try readFile("\(root)/\(output.path)")
    }

    /// Nothing is on its way any more: no claimed job, no session being built, no draft.
    func expectNothingInFlight(at place: SourceLocation = #_sourceLocation) {
        for state in ["inbox", "active", "deferred"] {
            #expect(names(in: state) == [], "\(state)", sourceLocation: place)
        }
        let staging = IntegrationTests.names(in: "\(root)/outputs/.staging")
        #expect(staging == [], sourceLocation: place)
        // What the daemon notes for itself it writes when it likes.
        let own = ["arrivals", "clock", "daemons", "pipelines", "providers", "status", "stopped"]
        let drafts = names(in: "state").filter { name in
            name.hasSuffix(".new") && !own.contains { name == "\($0).new" }
        }
        #expect(drafts == [], sourceLocation: place)
    }
}

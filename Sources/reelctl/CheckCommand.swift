import Core
import Daemon
import Glibc
import Linux
import Spool
import Systemd

/// `reelctl fsck`: checks a root, and repairs what can be.
struct CheckCommand {
    /// Something that is not as it has to be is left.
    static let findingsLeft: Int32 = 1

    private struct Result: Encodable {
        var root: String
        var live: Bool
        var findings: [CheckFinding]
    }

    private let context: Context
    private let configuration: Configuration
    private let repairs: Bool
    private let isDeep: Bool

    init(_ context: Context, _ configuration: Configuration, repairs: Bool, isDeep: Bool) {
        self.context = context
        self.configuration = configuration
        self.repairs = repairs
        self.isDeep = isDeep
    }

    /// Returns the exit status.
    func run(_ operands: [String]) async throws -> Int32 {
        guard operands.isEmpty else {
            throw CommandLineArguments.Mistake("fsck takes no operands.")
        }
        let path = SpoolRoot.absolute(context.root)
        try converting("act for the daemon's user in") { try becomeDaemon(of: path) }
        guard let obstacles = try Check.obstacles(of: path) else {
            throw Failure(
                .permanent, code: "not_found", operation: "check", subject: path,
                cause: "it is no root of reeld: most of its directories are not there")
        }
        // What is missing can be made; what is hidden cannot be brought to light.
        guard obstacles.allSatisfy({ $0.isMissing && repairs }) else {
            return tell(obstacles.map(\.finding), path, isLive: false)
        }
        let root = try converting("open the root") {
            obstacles.isEmpty ? try SpoolRoot(path: path) : try SpoolRoot(creating: path)
        }
        let findings = obstacles.map { $0.finding.repaired }
        let identity = configuration.jobIdentity(under: root)
        if repairs {
            let own = try locked(root) { () throws(SystemError) in try root.lock() }
            let tidying = try locked(root) { () throws(SystemError) in
                try FileLock.take("gc.lock", in: root[.state])
            }
            defer { withExtendedLifetime((own, tidying)) {} }
            let check = Check(root: root, identity: identity, isDeep: isDeep, now: { .now })
            return tell(findings + (try await check.repair()), path, isLive: false)
        }
        let isLive = try converting("look at the lock") { try root.isLocked() }
        let check = Check(
            root: root, identity: identity, isDeep: isDeep, isLive: isLive, now: { .now })
        let found = try await check.findings { try await Task.sleep(for: .seconds(2)) }
        return tell(found, path, isLive: isLive)
    }

    /// What a repair makes is to be the daemon's; where there is no telling who that is, the owner's of the root.
    private func becomeDaemon(of path: String) throws {
        let root = try Directory(path: path)
        if try root.contains("state") {
            let daemon = try DaemonUser(of: root.directory("state"))
            try Privileges.become(daemon.user, daemon.group, at: path)
        } else {
            let status = try root.status()
            try Privileges.become(status.owner, status.group, at: path)
        }
    }

    private func locked<Lock>(
        _ root: SpoolRoot,
        _ take: () throws(SystemError) -> Swift.Result<Lock, FileLock.Held>
    ) throws(Failure) -> Lock {
        switch try converting("lock", take) {
        case .success(let lock): return lock
        case .failure(let held):
            let process = held.pid.map { "process \($0)" } ?? "another process"
            throw Failure(
                .transient, code: "root_in_use", operation: "repair", subject: root.path,
                cause: "\(process) works there", hint: "Stop the daemon first: systemctl stop reeld"
            )
        }
    }

    private func tell(_ findings: [CheckFinding], _ path: String, isLive: Bool) -> Int32 {
        let left = findings.filter { $0.status != .repaired && !$0.isHarmless }
        if context.wantsJSON {
            let result = Result(root: path, live: isLive, findings: findings)
            guard
                let bytes = try? RecordFile.encode(
                    result, subject: "the findings", inSnakeCase: true)
            else { return EX_SOFTWARE }
            write(String(decoding: bytes, as: UTF8.self))
        } else {
            for finding in findings { write(Self.text(finding)) }
            let repaired = findings.count { $0.status == .repaired }
            let notes = findings.count - left.count - repaired
            write(
                "\(path): "
                    + (findings.isEmpty
                        ? "clean" : "\(left.count) left, \(repaired) repaired, \(notes) harmless")
                    + (isLive ? "; a daemon works there" : "") + ".\n")
        }
        return left.isEmpty ? 0 : Self.findingsLeft
    }

    private static func text(_ finding: CheckFinding) -> String {
        var lines = [
            "\(finding.place): \(finding.kind.rawValue)\(finding.isHarmless ? " (harmless)" : "")",
            "  What:   \(finding.what)", "  Why:    \(finding.why)",
            "  Repair: \(finding.repair)",
        ]
        switch finding.status {
        case .found: break
        case .repaired: lines.append("  Done.")
        case .left: lines.append("  Left. \(finding.reason ?? "")")
        }
        return lines.map { $0.escapingControls + "\n" }.joined()
    }
}

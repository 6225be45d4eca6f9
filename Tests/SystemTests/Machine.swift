import Foundation
import TestSupport

/// A throw-away machine whose first process is a real systemd, made by the script `boot` beside
/// this file.
struct Machine {
    /// What came of a script that ran in the machine.
    struct Outcome {
        /// The script's exit status, or 125 if the machine failed, and not the script.
        var status: Int32
        /// What it printed on both its outputs.
        var output: String
    }

    /// The package's directory; it has the same path in the machine.
    static let package = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where the programs are that were built together with these tests.
    static var programs: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().path(percentEncoded: false)
    }

    /// Boots a machine and runs a command in it as root. A machine that itself fails says nothing
    /// of what was to be tested in it: there is a second one then, and a third.
    static func run(_ command: String...) async throws -> Outcome {
        var outcome = try await runOnce(command)
        for _ in 1...2 where outcome.status == 125 {
            print("A machine failed: \(outcome.output)")
            outcome = try await runOnce(command)
        }
        return outcome
    }

    private static func runOnce(_ command: [String]) async throws -> Outcome {
        let directory = TemporaryDirectory()
        let output = URL(filePath: directory.path).appending(path: "output")
        try Data().write(to: output)
        let handle = try FileHandle(forWritingTo: output)
        let package = Self.package.path(percentEncoded: false)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "bash", "\(package)/Tests/SystemTests/boot", "--timeout", "240",
                "--bind-ro", package, "--chdir", package, "--",
            ] + command
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        return Outcome(
            status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }
}

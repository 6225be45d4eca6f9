import Glibc
import Testing

extension House {
    /// Runs `reelctl` for this house's root and configuration; what it printed, errors behind, and
    /// how it ended.
    func runReelctl(
        _ arguments: String..., at place: SourceLocation = #_sourceLocation
    ) async throws -> (text: String, ending: RunningDaemon.Ending?) {
        try await runReelctl(arguments, at: place)
    }

    /// The same.
    func runReelctl(
        _ arguments: [String], at place: SourceLocation = #_sourceLocation
    ) async throws -> (text: String, ending: RunningDaemon.Ending?) {
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let number = UInt64.random(in: .min ... .max)
        let (output, log) = ("\(path)/printed.\(number)", "\(path)/said.\(number)")
        let command = try RunningDaemon(
            [String(program), "--config", configurationPath, "--root", root] + arguments,
            log: log, output: output)
        let ending = try await command.exit(at: place)
        let bytes = ((try? readFile(output)) ?? []) + ((try? readFile(log)) ?? [])
        return (String(decoding: bytes, as: UTF8.self), ending)
    }
}

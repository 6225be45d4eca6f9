import Core
import Daemon
import Glibc
import Spool
import Systemd

/// `reelctl check`: says what is wrong with job specs, without submitting any.
struct SpecCheckCommand {
    private struct Result: Encodable {
        var verdicts: Verdicts
        var remark: String?

        private enum CodingKeys: CodingKey { case remark }

        func encode(to encoder: any Encoder) throws {
            try verdicts.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encodeIfPresent(remark, forKey: .remark)
        }
    }

    private let wantsJSON: Bool
    private var judge: Judge

    init(_ judge: Judge, wantsJSON: Bool) {
        self.judge = judge
        self.wantsJSON = wantsJSON
    }

    /// Returns the exit status.
    mutating func run(_ paths: [String], batch: String?) async throws -> Int32 {
        guard paths.isEmpty == (batch != nil) else {
            throw CommandLineArguments.Mistake("check needs FILEs, or --batch FILE.")
        }
        let verdicts: Verdicts
        if let batch {
            verdicts = try await Batch(batch, name: nil).judge(by: &judge)
            guard verdicts.checked > 0 else { throw Batch.empty(batch) }
        } else {
            verdicts = await SpecFile.judge(paths, by: &judge).verdicts
        }
        if wantsJSON {
            try writeJSON(Result(verdicts: verdicts, remark: judge.remark))
            return verdicts.status
        }
        for line in verdicts.lines { writeLine(line) }
        writeLine("\(verdicts.summary)")
        if let remark = judge.remark { writeLine(remark, to: STDERR_FILENO) }
        return verdicts.status
    }
}

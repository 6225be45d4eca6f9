import Core
import Daemon
import Spool
import Systemd

/// `reelctl doctor`: whether all is there that videos need, and what to do where it is not.
struct DoctorCommand {
    /// Something is amiss.
    static let isAmiss: Int32 = 1

    private let context: Context
    private let diagnosis: Diagnosis

    init(_ context: Context, _ configuration: Configuration, readFrom file: String) {
        self.context = context
        var configuration = configuration
        configuration.root = context.root
        diagnosis = Diagnosis(configuration, readFrom: file)
    }

    /// Returns the exit status.
    func run() async throws -> Int32 {
        let lines = await diagnosis.lines()
        if context.wantsJSON {
            try writeJSON(["checks": lines])
        } else {
            for line in lines {
                let state = line.state.rawValue
                writeLine(
                    "\(state)\(String(repeating: " ", count: 6 - state.count))\(line.subject): \(line.detail)"
                )
                if let cure = line.cure { writeLine("      -> \(cure)") }
            }
        }
        return lines.contains { $0.state == .fail } ? Self.isAmiss : Status.done
    }
}

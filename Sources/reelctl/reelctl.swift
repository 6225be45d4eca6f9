import Core
import Daemon
import Glibc
import Linux
import Spool
import Systemd

@main
struct Main {
    static func main() async {
        StandardStreams.fillGaps()
        do {
            exit(try await run(OwnProgram.arguments))
        } catch let mistake as CommandLineArguments.Mistake {
            finish("\(mistake) Try 'reelctl help'.", EX_USAGE)
        } catch let failure as Failure {
            finish(failure.description, status(of: failure))
        } catch {
            finish("\(error)", EX_SOFTWARE)
        }
    }

    private static func run(_ words: [String]) async throws -> Int32 {
        let options = Command.all.flatMap(\.commands).flatMap(\.options) + Command.common
        func names(_ isValued: Bool) -> Set<String> {
            Set(options.filter { ($0.value != nil) == isValued }.flatMap(\.names))
        }
        let arguments = try CommandLineArguments(
            words, valued: names(true), plain: names(false))
        if ["--version", "-V"].contains(where: { arguments.options[$0] != nil }) {
            write("reelctl \(reeldVersion)\n")
            return Status.done
        }
        let asksForHelp = ["--help", "-h"].contains { arguments.options[$0] != nil }
        guard let name = arguments.operands.first else {
            guard asksForHelp else { throw CommandLineArguments.Mistake("A command is missing.") }
            write(Command.overview)
            return Status.done
        }
        let command = try Command.named(name)
        if asksForHelp {
            write(command.help)
            return Status.done
        }
        let call = try Invocation(command, Array(arguments.operands.dropFirst()), arguments)
        return try await command.run(call)
    }

    private static func status(of failure: Failure) -> Int32 {
        switch failure.code {
        case "invalid_spec": EX_DATAERR
        case "ambiguous": EX_USAGE
        case "not_found": EX_NOINPUT
        case "no_permission": EX_NOPERM
        case "no_space": EX_CANTCREAT
        case "invalid_configuration": EX_CONFIG
        default: failure.kind == .transient ? EX_TEMPFAIL : EX_OSERR
        }
    }

    private static func finish(_ message: String, _ status: Int32) -> Never {
        writeLine(message, to: STDERR_FILENO)
        exit(status)
    }
}

/// Writes text as it is; ends the program where it cannot all be written.
func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    write(bytes: Array(text.utf8)[...], to: descriptor)
}

/// The same for bytes that may be no text.
func write(bytes: ArraySlice<UInt8>, to descriptor: Int32 = STDOUT_FILENO) {
    var bytes = bytes
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        // Nobody is left to tell but who reads the exit status. Who does not read on wants no more: as if SIGPIPE
        // had not been ignored by whoever started this.
        guard count > 0 else { exit(errno == EPIPE ? 128 + SIGPIPE : EX_IOERR) }
        bytes = bytes.dropFirst(count)
    }
}

/// Writes text as one line, whatever is in it.
func writeLine(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    write(text.escapingControls + "\n", to: descriptor)
}

/// Writes a value as JSON to standard output, its names in snake case.
func writeJSON(_ value: some Encodable) throws(Failure) {
    let bytes = try RecordFile.encode(value, subject: "the result", inSnakeCase: true)
    write(String(decoding: bytes, as: UTF8.self).escapingControlsInJSON)
}

import Core
import Daemon
import Glibc
import Systemd

@main
struct Main {
    static let help = """
        usage: reelctl [--config FILE] [--root DIR] submit FILE... [--json]
               reelctl [--config FILE] [--root DIR] list [STATE...] [--json]
               reelctl [--config FILE] [--root DIR] show JOB [--json]
               reelctl [--config FILE] [--root DIR] fsck [--deep] [--repair] [--json]
               reelctl [--config FILE] [--root DIR] gc [--dry-run] [--json]

        Looks at and feeds the directories of reeld. The daemon need not run.

          submit FILE...  put job specs into the inbox; - is standard input
          list [STATE...] show the jobs: all, or those that are inbox, deferred, held, active,
                          done, failed or rejected
          show JOB        show one job, by its file's name or its session's id
          fsck            check all of the root; the daemon may run
          gc              remove what the configuration says is not kept of ended jobs

          --repair        with fsck: repair what can be without loss; the daemon may not run
          --deep          with fsck: compare the bytes of all that was published
          --dry-run       with gc: only show what would be removed

          --root DIR      the root to look under (default: what the configuration says)
          --config FILE   the configuration (default: \(ConfigurationFile.standardPath))
          --json          print JSON instead of text
          --version       print the version and exit
          --help          print this and exit

        Exit status: 0 success; 1 fsck left something that is not as it has to be; 64 wrong usage;
        65 the job spec is wrong; 66 no such job, file or root; 73 or 77 the inbox or the root cannot
        be written to; 74 the output cannot; 75 another process works under the root; 78 the
        configuration cannot be used.

        """

    static func main() async {
        do {
            let arguments = try CommandLineArguments(
                Array(CommandLine.arguments.dropFirst()), valued: ["--config", "--root"],
                plain: ["--json", "--dry-run", "--repair", "--deep", "--version", "--help", "-h"])
            try await run(arguments)
        } catch let mistake as CommandLineArguments.Mistake {
            finish("\(mistake) Try 'reelctl --help'.", EX_USAGE)
        } catch let failure as Failure {
            finish(failure.description, status(of: failure))
        } catch {
            finish("\(error)", EX_SOFTWARE)
        }
    }

    private static func run(_ arguments: CommandLineArguments) async throws {
        let options = arguments.options
        if options["--help"] != nil || options["-h"] != nil {
            return write(help)
        }
        if options["--version"] != nil {
            return write("reelctl \(reeldVersion)\n")
        }
        guard let command = arguments.operands.first else {
            throw CommandLineArguments.Mistake("A command is missing.")
        }
        let file = ConfigurationFile(path: options["--config"], root: options["--root"])
        for (option, owner) in [("--dry-run", "gc"), ("--repair", "fsck"), ("--deep", "fsck")]
        where options[option] != nil && command != owner {
            throw CommandLineArguments.Mistake("\(option) is for \(owner).")
        }
        let context = Context(root: try file.rootOnly(), wantsJSON: options["--json"] != nil)
        let operands = Array(arguments.operands.dropFirst())
        switch command {
        case "submit": try SubmitCommand(context).run(operands)
        case "list": try ListCommand(context).run(operands)
        case "show": try ShowCommand(context).run(operands)
        case "fsck":
            let status = try await CheckCommand(
                context, try file.read(), repairs: options["--repair"] != nil,
                isDeep: options["--deep"] != nil
            ).run(operands)
            if status != 0 { exit(status) }
        case "gc":
            try await GarbageCommand(
                context, try file.read(), isDryRun: options["--dry-run"] != nil
            ).run(operands)
        default: throw CommandLineArguments.Mistake("Unknown command '\(command)'.")
        }
    }

    private static func status(of failure: Failure) -> Int32 {
        switch failure.code {
        case "invalid_spec": EX_DATAERR
        case "not_found": EX_NOINPUT
        case "no_permission": EX_NOPERM
        case "no_space": EX_CANTCREAT
        case "invalid_configuration": EX_CONFIG
        default: failure.kind == .transient ? EX_TEMPFAIL : EX_OSERR
        }
    }

    private static func finish(_ message: String, _ status: Int32) -> Never {
        write(message.escapingControls + "\n", to: STDERR_FILENO)
        exit(status)
    }
}

/// What every command needs.
struct Context {
    /// The root to work under.
    let root: String
    /// Whether to print JSON.
    let wantsJSON: Bool
}

/// Writes text as it is; ends the program where it cannot all be written.
func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        // Nobody is left to tell but who reads the exit status.
        guard count > 0 else { exit(EX_IOERR) }
        bytes = bytes.dropFirst(count)
    }
}

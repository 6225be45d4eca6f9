import Core
import Daemon
import Glibc
import Linux
import Spool
import Systemd

@main
struct Main {
    static let help = """
        usage: reelctl [OPTION]... submit FILE... [--wait]
               reelctl [OPTION]... submit --batch FILE [--name NAME]
               reelctl [OPTION]... make TOPIC [--wait]
               reelctl [OPTION]... check FILE...
               reelctl [OPTION]... list [WHICH...]
               reelctl [OPTION]... show JOB...
               reelctl [OPTION]... wait JOB...
               reelctl [OPTION]... cancel|hold|release|retry JOB...
               reelctl [OPTION]... pause|resume
               reelctl [OPTION]... breakers
               reelctl [OPTION]... breaker PROVIDER reset|open|disable|enable|metrics
               reelctl [OPTION]... stats
               reelctl [OPTION]... fsck [--deep] [--repair]
               reelctl [OPTION]... gc [--dry-run]

        Looks at, feeds and steers the directories of reeld. The daemon need not run.

          submit FILE...  put job specs into the inbox; - is standard input
          make TOPIC      write a job spec of a topic, and submit that
          check FILE...   say all that is wrong with job specs, and submit none

          list [WHICH...] show the jobs: what has not ended, and the last that have; or those that
                          are waiting, running, parked, held, done, degraded, failed, cancelled,
                          rejected or left-alone, or have a name like '*.json'
          show JOB...     show all there is to say of jobs
          wait JOB...     return when jobs have ended; the exit status tells how

          cancel          end jobs, whether they wait or run
          hold            set jobs aside; one that runs is interrupted and keeps its finished steps
          release         let held jobs go on
          retry           try jobs again that have failed or were rejected
          pause, resume   start no more jobs until told to; those that run go on

          breakers        show the breakers of all providers that have been called
          breaker         close one and forget what it has learnt (reset), keep it open, switch it
                          off (disable) or have it only count (metrics), or let it work by itself
                          again (enable)
          stats           show how often providers and steps succeeded, and how long they took

          fsck            check all of the root; the daemon may run
          gc              remove what the configuration says is not kept of ended jobs

          A JOB is a handle (k7qa), the name of a file, a session's id, an id in a spec or a path.
          Of several jobs the newest is meant.

          --repair        with fsck: repair what can be without loss; the daemon may not run
          --deep          with fsck: compare the bytes of all that was published
          --dry-run       with gc: only show what would be removed

          --root DIR      the root to look under (default: what the configuration says)
          --config FILE   the configuration (default: \(ConfigurationFile.standardPath))
          --json          print JSON instead of text
          --wait          after submit: wait until the jobs have ended, and tell how as wait does
          --timeout TIME  wait no longer than so many seconds, or 5m (default: for ever; 30 s for
                          the daemon to do what cancel and the like ask for)
          -q, --quiet     with submit: print the handles only
          --batch FILE    with submit and check: the job specs in a table (.csv), on lines (.jsonl) or in
                          an array (.json)
          --name NAME     with submit --batch: what the batch is called (default: the file's name and
                          the time); the same again goes on with what was interrupted
          --platform, --duration, --voice, --category, --preset, --language, --id, --priority,
          --label KEY=VALUE
                          with make: what they are in a job spec

          -n NUMBER       with list: at most so many that wait and that have ended (default: 20)
          --all           with list: all of them
          --state, --failed, --mine, --since TIME, --label KEY=VALUE, --sort age|name|owner|state
                          with list: those, in this order

          --progress      with wait: say how far the jobs are even if standard error is no terminal
          -V, --version   print the version and exit
          -h, --help      print this and exit

        Exit status: 0 success; 64 wrong usage; 65 the job spec is wrong; 66 no such job, file or root;
        69 the job is not where that can be done; 73 or 77 it may not be done, or not be written;
        74 the output cannot be written; 75 not yet, try again, or another process works under the
        root; 78 the configuration cannot be used.
        Of wait: 0 all are done; 1 one failed; 2 was cancelled; 65 rejected; 66 taken away; 75 time
        is up. Of fsck: 1 it left something that is not as it has to be.

        """

    static func main() async {
        StandardStreams.fillGaps()
        do {
            let arguments = try CommandLineArguments(
                Array(CommandLine.arguments.dropFirst()),
                valued: Selection.valued.union(MakeCommand.options).union([
                    "--config", "--root", "--timeout", "--batch", "--name",
                ]),
                plain: Selection.plain.union([
                    "--json", "--wait", "--progress", "--dry-run", "--repair", "--deep",
                    "--quiet", "-q", "--version", "-V", "--help", "-h",
                ]))
            exit(try await run(arguments))
        } catch let mistake as CommandLineArguments.Mistake {
            finish("\(mistake) Try 'reelctl --help'.", EX_USAGE)
        } catch let failure as Failure {
            finish(failure.description, status(of: failure))
        } catch {
            finish("\(error)", EX_SOFTWARE)
        }
    }

    private static func run(_ arguments: CommandLineArguments) async throws -> Int32 {
        let options = arguments.options
        if options["--help"] != nil || options["-h"] != nil {
            write(help)
            return Status.done
        }
        if options["--version"] != nil || options["-V"] != nil {
            write("reelctl \(reeldVersion)\n")
            return Status.done
        }
        guard let command = arguments.operands.first else {
            throw CommandLineArguments.Mistake("A command is missing.")
        }
        let file = ConfigurationFile(path: options["--config"], root: options["--root"])
        for (option, owner) in [("--dry-run", "gc"), ("--repair", "fsck"), ("--deep", "fsck")]
        where options[option] != nil && command != owner {
            throw CommandLineArguments.Mistake("\(option) is for \(owner).")
        }
        let operands = Array(arguments.operands.dropFirst())
        for option in MakeCommand.options where options[option] != nil && command != "make" {
            throw CommandLineArguments.Mistake("\(option) is for make.")
        }
        if options["--name"] != nil, options["--batch"] == nil || command != "submit" {
            throw CommandLineArguments.Mistake("--name goes with submit --batch only.")
        }
        let judge = {
            Judge(file, root: options["--root"], isNamed: options["--config"] != nil)
        }
        if command == "check" {
            var check = SpecCheckCommand(judge(), wantsJSON: options["--json"] != nil)
            return try await check.run(operands, batch: options["--batch"])
        }
        let context = Context(root: try file.rootOnly(), wantsJSON: options["--json"] != nil)
        let patience = try patience(options["--timeout"])
        let following = Following(
            patience: patience,
            showsProgress: options["--progress"] != nil || isatty(STDERR_FILENO) == 1)
        let waits = options["--wait"] != nil
        if waits, command != "submit", command != "make" {
            throw CommandLineArguments.Mistake("--wait goes with submit and make only.")
        }
        switch command {
        case "submit", "make":
            var submit = SubmitCommand(
                context, judge(), waits ? following : nil,
                isQuiet: options["--quiet"] != nil || options["-q"] != nil)
            if command == "make" {
                let (spec, name) = try MakeCommand.spec(operands, arguments)
                return try await submit.run(made: spec, as: name)
            }
            guard let batch = options["--batch"] else { return try await submit.run(operands) }
            guard operands.isEmpty else {
                throw CommandLineArguments.Mistake("submit takes FILEs or --batch FILE, not both.")
            }
            return try await submit.run(batch: batch, name: options["--name"])
        case "list": try list(operands, arguments, context)
        case "show": try ShowCommand(context).run(operands)
        case "wait": return try WaitCommand(context, following).run(operands)
        case "pause": try PauseCommand(context, patience: patience).pause(operands)
        case "resume": return try PauseCommand(context, patience: patience).resume(operands)
        case "breakers": try BreakersCommand(context, try file.read()).run(operands)
        case "breaker": return try BreakerCommand(context, patience: patience).run(operands)
        case "stats": try StatsCommand(context).run(operands)
        case "fsck":
            return try await CheckCommand(
                context, try file.read(), repairs: options["--repair"] != nil,
                isDeep: options["--deep"] != nil
            ).run(operands)
        case "gc":
            try await GarbageCommand(
                context, try file.read(), isDryRun: options["--dry-run"] != nil
            ).run(operands)
        default:
            guard let verb = ControlRequest.Verb(rawValue: command) else {
                throw CommandLineArguments.Mistake("Unknown command '\(command)'.")
            }
            return try ControlCommand(context, verb, patience: patience).run(operands)
        }
        return Status.done
    }

    private static func list(
        _ operands: [String], _ arguments: CommandLineArguments, _ context: Context
    ) throws {
        let selection = try Selection(operands, arguments, now: .now)
        var most: Int? = selection.isAll ? nil : ListCommand.usual
        if let text = arguments.options["-n"] {
            guard let number = Int(text), number >= 0 else {
                throw CommandLineArguments.Mistake("-n needs a number, not '\(text)'.")
            }
            most = number
        }
        try ListCommand(context, selection, most: most).run()
    }

    private static func patience(_ text: String?) throws -> Duration? {
        guard let text else { return nil }
        guard let span = TimeSpan(text) else {
            throw CommandLineArguments.Mistake(
                "--timeout needs seconds, or a time such as 5m, of at most a year, not '\(text)'.")
        }
        return .seconds(span.seconds)
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

/// Writes text as one line, whatever is in it.
func writeLine(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    write(text.escapingControls + "\n", to: descriptor)
}

/// Writes a value as JSON to standard output, its names in snake case.
func writeJSON(_ value: some Encodable) throws(Failure) {
    let bytes = try RecordFile.encode(value, subject: "the result", inSnakeCase: true)
    write(String(decoding: bytes, as: UTF8.self))
}

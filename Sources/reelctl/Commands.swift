import Core
import Daemon
import Spool

/// All commands, in the order in which help shows them.
extension Command {
    static let all: [(title: String, commands: [Command])] = [
        ("Making videos", [submit, make, check]),
        ("Looking", [list, show, wait, status, top, path, cat, open, log]),
        ("Steering", [cancel, hold, release, retry, approve, reject, pause, resume]),
        ("Keeping it well", [doctor, breakers, breaker, stats, fsck, gc]),
        ("About reelctl", [helpCommand, completion, complete]),
    ]

    /// The command of this name; it says which may have been meant if there is none.
    static func named(_ name: String) throws(CommandLineArguments.Mistake) -> Command {
        let commands = all.flatMap(\.commands)
        if let command = commands.first(where: { $0.name == name }) { return command }
        let names = commands.map(\.name)
        let meant = Spelling.suggestion(for: name, among: names)
        throw CommandLineArguments.Mistake(
            "There is no command '\(name)'." + (meant.map { " Did you mean '\($0)'?" } ?? ""))
    }
}

// MARK: - Options that several have

extension Command.Option {
    static let dryRun = Self("--dry-run", "only say what would be done")
    static let timeout = Self(
        "--timeout", value: "TIME", "wait no longer: so many seconds, or 5m (default:\nfor ever)")
    static let progress = Self("--progress", "say how far jobs are even if nobody watches")
    static let sort = Self(
        "--sort", value: "ORDER", words: ["age", "name", "owner", "state"],
        "age, name, owner or state")

    /// Those that choose jobs.
    static let choosing: [Self] = [
        Self("--all", "all of them"),
        Self(
            "--state", value: "STATE", words: JobCondition.allCases.map(\.word),
            "those that are so, such as failed,cancelled"),
        Self("--failed", "those that have failed or were rejected"),
        Self("--mine", "one's own"),
        Self("--since", value: "TIME", "those since then: 2d, 12h, today, 2026-11-27"),
        Self("--label", value: "KEY=VALUE", "those with this label"),
        Self("--batch", value: "NAME", "those of this batch"),
    ]
}

// MARK: - The commands

extension Command {
    private static let jobs = """
        A JOB is a handle (k7qa), the name of a file, a session's id, an id in a spec
        or a path; of several the newest is meant. A pattern such as 'sea*' means all
        that match it, and so do the options that choose.
        """

    static let submit = Command(
        name: "submit", usage: "FILE...", summary: "check job specs and put them into the inbox",
        details: """
            Prints a line for each: its handle, its name, its place in the line and about
            how long it takes. None is submitted if one is wrong. - is standard input.
            A table of them (CSV with a header, JSON Lines or a JSON array) is a batch: it
            has one name, by which list, wait and the others know all of it. The same again
            goes on with what was interrupted.
            """,
        operand: .files,
        options: submitting + [
            Option("--batch", value: "FILE", "the job specs in FILE.csv, .jsonl or .json"),
            Option(
                "--name", value: "NAME",
                "what the batch is called (default: the file's\nname and the time)"),
        ]
    ) { call in
        var submit = try submission(call)
        guard let batch = call.value("--batch") else { return try await submit.run(call.operands) }
        guard call.operands.isEmpty else {
            throw CommandLineArguments.Mistake("submit takes FILEs or --batch FILE, not both.")
        }
        return try await submit.run(batch: batch, name: call.value("--name"))
    }

    static let make = Command(
        name: "make", usage: "TOPIC", summary: "make a video of a topic",
        details:
            "Writes a job spec and submits it. For example:\n  reelctl make \"Why bees dance\" --platform square --wait",
        options: submitting + MakeCommand.options
    ) { call in
        let (spec, name) = try MakeCommand.spec(call)
        var submit = try submission(call)
        return try await submit.run(made: spec, as: name)
    }

    static let check = Command(
        name: "check", usage: "FILE...", summary: "say all that is wrong with job specs",
        details: "As the daemon would find it. None is submitted.", operand: .files,
        options: [Option("--batch", value: "FILE", "the job specs in FILE.csv, .jsonl or .json")]
    ) { call in
        var check = SpecCheckCommand(call.judge, wantsJSON: call.has("--json"))
        return try await check.run(call.operands, batch: call.value("--batch"))
    }

    private static let submitting = [
        Option("--wait", "wait until the jobs have ended, as wait does"), .timeout, .progress,
        Option("--quiet", short: "-q", "print the handles only"),
    ]

    private static func submission(_ call: Invocation) throws -> SubmitCommand {
        let waits = call.has("--wait")
        return try SubmitCommand(
            call.context(), call.judge, waits ? call.following() : nil,
            isQuiet: call.has("--quiet"))
    }

    static let list = Command(
        name: "list", usage: "[WHICH...]",
        summary: "show the jobs: what has not ended, and the last that have",
        details: """
            WHICH is where a job is in its life (waiting, running, parked, for-review,
            held, done, degraded, failed, cancelled, rejected, stuck, left-alone), or a
            name or a pattern such as 'sea*'.
            """,
        operand: .states,
        options: [
            Option(
                "-n", value: "NUMBER",
                "at most so many that wait, and that have ended\n(default: \(ListCommand.usual))")
        ] + Option.choosing + [.sort]
    ) { call in
        try ListCommand(
            call.context(), call.selection(knowsStates: true),
            most: call.most(usual: ListCommand.usual)
        ).run()
        return Status.done
    }

    static let show = Command(
        name: "show", usage: "JOB...", summary: "show all there is to say of jobs", details: jobs,
        operand: .jobs, options: Option.choosing
    ) { call in
        try ShowCommand(call.context()).run(call)
        return Status.done
    }

    static let wait = Command(
        name: "wait", usage: "JOB...", summary: "return when jobs have ended, and tell how",
        details: """
            The exit status is 0 if all are done, 1 if one failed, 2 was cancelled, 65
            rejected, 66 taken away; 75 if the time is up.
            """,
        operand: .jobs, options: [.timeout, .progress] + Option.choosing
    ) { call in try WaitCommand(call.context(), call.following()).run(call) }

    static let status = Command(
        name: "status", usage: "", summary: "show on one screen what matters now",
        details: "What runs, what comes next, what is parked and why, providers, disk."
    ) { call in
        try call.expectNoOperands()
        try StatusCommand(call.context(), try? call.configuration()).once()
        return Status.done
    }

    static let top = Command(
        name: "top", usage: "", summary: "show the same again and again until q is pressed",
        hasJSON: false
    ) { call in
        try call.expectNoOperands()
        try StatusCommand(call.context(), try? call.configuration()).top()
        return Status.done
    }

    static let path = Command(
        name: "path", usage: "JOB...",
        summary: "print the paths of what jobs made, and nothing else",
        details: "For $(reelctl path k7qa). Without an option it is the video.",
        operand: .jobs, options: Product.options + Option.choosing
    ) { call in try ProductCommand(call.context()).paths(call) }

    static let cat = Command(
        name: "cat", usage: "JOB...", summary: "print the text of what jobs made",
        details: "Without an option it is the receipt.", operand: .jobs,
        options: Product.options + Option.choosing
    ) { call in try ProductCommand(call.context()).text(call) }

    static let open = Command(
        name: "open", usage: "JOB", summary: "open the video with the program for such files",
        details: "By xdg-open(1), or $REELD_OPENER.", operand: .jobs,
        options: Product.options + Option.choosing
    ) { call in try ProductCommand(call.context()).open(call) }

    static let log = Command(
        name: "log", usage: "JOB", summary: "print what is in the journal of a job",
        details: "Who may not read the journal gets what the session has on record of its steps.",
        operand: .jobs,
        options: [Option("--follow", short: "-f", "go on until the job has ended")], hasJSON: false
    ) { call in try await LogCommand(call.context(), follows: call.has("--follow")).run(call) }

    private static func steering(
        _ verb: ControlRequest.Verb, _ summary: String, _ details: String = "",
        _ own: [Option] = []
    ) -> Command {
        Command(
            name: verb.rawValue, usage: "JOB...", summary: summary,
            details: details.isEmpty ? jobs : "\(details)\n\n\(jobs)", operand: .jobs,
            options: own + [
                .dryRun,
                Option("--timeout", value: "TIME", "wait no longer for the daemon (default: 30 s)"),
            ] + Option.choosing
        ) { call in
            let verb = call.has("--hooks") ? .retryHooks : verb
            return try ControlCommand(
                call.context(), verb, patience: call.patience(), words: call.value("--because"),
                hooks: verb == .retryHooks ? call.judge.configuration?.hooks : nil
            ).run(call)
        }
    }

    static let cancel = steering(.cancel, "end jobs, whether they wait or run")
    static let hold = steering(
        .hold, "set jobs aside",
        "One that runs is interrupted and keeps its finished steps.")
    static let release = steering(.release, "let held jobs go on")
    static let retry = steering(
        .retry, "try jobs again that have failed or were rejected",
        "What is finished of them is kept.",
        [Option("--hooks", "call only those of their hooks that failed")])
    static let approve = steering(
        .approve, "let jobs be done that wait for review",
        "They are looked at by 'reelctl open JOB', and chosen by '--state for-review'.")
    static let reject = steering(
        .reject, "let jobs fail that wait for review", "",
        [Option("--because", value: "TEXT", "why; it is in the receipt")])

    private static let answer = Option(
        "--timeout", value: "TIME", "wait no longer for the daemon (default: 30 s)")

    static let pause = Command(
        name: "pause", usage: "", summary: "start no more jobs until told to",
        details: "Those that run go on.", options: [answer]
    ) { call in
        try call.expectNoOperands()
        try PauseCommand(call.context(), patience: call.patience()).pause()
        return Status.done
    }

    static let resume = Command(
        name: "resume", usage: "", summary: "start jobs again, whoever paused", options: [answer]
    ) { call in
        try call.expectNoOperands()
        return try PauseCommand(call.context(), patience: call.patience()).resume()
    }

    static let doctor = Command(
        name: "doctor", usage: "", summary: "see whether all is there that videos need",
        details: """
            Programs and their versions, voices, fonts, encoders, the root, the disk,
            credentials, directories: each is ok, warn or FAIL, with what to do. The exit
            status is 1 if something fails.
            """
    ) { call in
        try call.expectNoOperands()
        return try await DoctorCommand(
            call.context(), call.configuration(), readFrom: call.file.name
        ).run()
    }

    static let breakers = Command(
        name: "breakers", usage: "",
        summary: "show the breakers of all providers that have been called"
    ) { call in
        try BreakersCommand(call.context(), call.configuration()).run(call.operands)
        return Status.done
    }

    static let breaker = Command(
        name: "breaker", usage: "PROVIDER reset|open|disable|enable|metrics",
        summary: "steer the breaker of a provider",
        details: """
            reset    close it and forget what it has learnt
            open     keep it open: the provider is not called
            disable  switch it off: the provider is called whatever becomes of it
            metrics  the same, and count what becomes of it
            enable   let it work by itself again
            """,
        operand: .providers, options: [answer]
    ) { call in
        try BreakerCommand(call.context(), patience: call.patience()).run(call.operands)
    }

    static let stats = Command(
        name: "stats", usage: "",
        summary: "show how often providers and steps succeeded, and how fast"
    ) { call in
        try StatsCommand(call.context()).run(call.operands)
        return Status.done
    }

    static let fsck = Command(
        name: "fsck", usage: "", summary: "check all of the root; the daemon may run",
        options: [
            Option("--repair", "repair what can be without loss; the daemon may\nnot run"),
            Option("--deep", "compare the bytes of all that was published"),
        ]
    ) { call in
        try await CheckCommand(
            call.context(), call.configuration(), repairs: call.has("--repair"),
            isDeep: call.has("--deep")
        ).run(call.operands)
    }

    static let gc = Command(
        name: "gc", usage: "", summary: "remove what the configuration says is not kept",
        options: [.dryRun]
    ) { call in
        try await GarbageCommand(
            call.context(), call.configuration(), isDryRun: call.has("--dry-run")
        ).run(call.operands)
        return Status.done
    }

    static let helpCommand = Command(
        name: "help", usage: "[COMMAND]", summary: "tell about a command, or all",
        operand: .commands, hasJSON: false
    ) { call in
        if let name = call.operands.first {
            write(try named(name).help)
        } else {
            write(overview)
        }
        return Status.done
    }

    static let completion = Command(
        name: "completion", usage: "bash|zsh|fish",
        summary: "print what makes a shell complete reelctl's words",
        details: "For example: eval \"$(reelctl completion bash)\"",
        operand: .words(Completion.Shell.allCases.map(\.rawValue)), hasJSON: false
    ) { call in
        write(try Completion.script(call.operands))
        return Status.done
    }

    /// What the scripts of `completion` ask.
    static let complete = Command(
        name: "complete", usage: "-- WORD...", summary: "print what the last word may become"
    ) { call in
        write(Completion.candidates(call.operands, root: try? call.context().open()))
        return Status.done
    }

    // MARK: - All of them

    static var overview: String {
        let groups = all.map { title, commands in
            "\(title):\n"
                + commands.filter { $0.name != complete.name }.map { command in
                    let padding = String(repeating: " ", count: max(1, 12 - command.name.count))
                    return "  \(command.name)\(padding)\(command.summary)\n"
                }.joined()
        }
        return """
            usage: reelctl COMMAND [OPTION]... [OPERAND]...

            Looks at, feeds and steers the directories of reeld. The daemon need not run.

            \(groups.joined(separator: "\n"))
            'reelctl help COMMAND' tells more of one, with its options; reelctl(1) all.

            """
    }
}

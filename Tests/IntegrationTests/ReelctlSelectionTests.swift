import Glibc
import Testing

/// Patterns and options that choose jobs, for every command that takes jobs.
@Suite struct ReelctlSelectionTests {
    private func house() async throws -> House {
        let house = try House()
        _ = try await house.startPaused()
        for name in ["sea1", "sea2", "land"] {
            let labels = "\"labels\": {\"batch\": \"\(name == "land" ? "dry" : "wet")\"}"
            try house.drop("\(name).json", House.spec("copy", labels))
        }
        return house
    }

    private let time = "--timeout 300"

    @Test func verbsTakePatternsAndOptions() async throws {
        let house = try await house()
        let would = try await house.expect(0, of: "cancel --dry-run 'sea*'").printed
        #expect(
            would.split(separator: "\n").sorted() == [
                "sea1.json would be cancelled", "sea2.json would be cancelled",
            ])
        #expect(house.names(in: "inbox").sorted() == ["land.json", "sea1.json", "sea2.json"])
        try await house.expect(0, of: "hold \(time) --batch wet")
        #expect(house.names(in: "held").sorted() == ["sea1.json", "sea2.json"])
        // Those with which nothing can be done are not meant.
        let again = try await house.expect(66, of: "hold \(time) 'sea*'")
        #expect(again.said.contains("there is no such job that could be held"), "\(again.said)")
        try await house.expect(0, of: "release \(time) --all")
        #expect(house.names(in: "held").isEmpty)
        try await house.expect(0, of: "cancel \(time) --mine --state waiting 'sea?.json'")
        #expect(house.names(in: "inbox") == ["land.json"])
        try await house.expect(0, of: "retry \(time) --state cancelled")
        #expect(house.names(in: "inbox").count == 3)
        try await house.expect(66, of: "cancel \(time) --label series=none")
        #expect(try await house.expect(64, of: "cancel").said.contains("cancel needs JOB..."))
    }

    @Test func showAndWaitTakeThemToo() async throws {
        let house = try await house()
        let shown = try await house.expect(0, of: "show 'sea*'").printed
        #expect(shown.contains("sea1.json") && shown.contains("sea2.json"))
        #expect(!shown.contains("land.json"))
        let waiting = try house.startReelctl("wait --all --progress \(time)")
        try await house.eventually("it waits for all") {
            ["sea1", "sea2", "land"].allSatisfy { waiting.said("\($0).json: waiting") }
        }
        try await house.expect(0, of: "resume \(time)")
        #expect(try await waiting.exit() == .exited(0))
        #expect(waiting.printed.split(separator: "\n").count == 3)
        // Those of a batch are waited for whether or not they have ended.
        let batch = try await house.expect(0, of: "wait --batch wet")
        #expect(batch.printed.split(separator: "\n").count == 2, "\(batch.printed)")
    }
}

/// What a job made, for `$(…)`.
@Suite struct ReelctlProductTests {
    @Test func aPathIsAllThatIsPrinted() async throws {
        var settings = HouseSettings()
        settings.pipelines["fail"] = [.shell("fail", "echo 'the tool says this' >&2; exit 1")]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json")
        try house.drop("bad.json", House.spec("fail"))
        let receipt = try await house.ended("job.json")
        try await house.ended("bad.json", in: "failed")
        let output = try #require(receipt.outputs.first)
        let video = "\(house.root)/\(output.path)"
        #expect(try await house.expect(0, of: "path job").printed == video + "\n")
        let opened = try await house.expect(0, of: "open job", prefix: "env REELD_OPENER=echo")
        #expect(opened.printed == video + "\n")
        let paths = try await house.expect(0, of: "path --receipt --session job").printed
        #expect(paths.hasPrefix("\(house.root)/done/job.json.receipt\n\(house.root)/outputs/"))
        let text = try await house.expect(0, of: "cat job").printed
        #expect(try Array(text.utf8) == readFile("\(house.root)/done/job.json.receipt"))
        let none = try await house.expect(66, of: "path bad")
        #expect(
            none.printed.isEmpty && none.said.contains("the video of bad.json: the job is failed"))
        #expect(try await house.expect(66, of: "path nothing").said.contains("no such job"))
        // Where there is no journal, what its tools said.
        let log = try await house.expect(0, of: "log bad").printed
        #expect(log.contains("== fail ==") && log.contains("the tool says this"), "\(log)")
    }
}

/// What reelctl tells of itself, and what shells complete by it.
@Suite struct ReelctlHelpTests {
    private static func lines(_ text: String) -> [Substring] {
        text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test func helpFitsAScreen() async throws {
        let house = try House()
        let overview = try await house.expect(0, of: "help").printed
        #expect(try await house.expect(0, of: "--help").printed == overview)
        let commands = Self.lines(overview).filter { $0.hasPrefix("  ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(commands.count > 15)
        for command in commands {
            let help = try await house.expect(0, of: "help \(command)").printed
            #expect(try await house.expect(0, of: "\(command) --help").printed == help)
            #expect(help.hasPrefix("usage: reelctl \(command) "))
            #expect(Self.lines(help).allSatisfy { $0.count < 80 } && Self.lines(help).count <= 40)
        }
        #expect(Self.lines(overview).allSatisfy { $0.count < 80 })
    }

    /// The page has every command and every option that help has.
    @Test func theManualPageHasAllOfIt() async throws {
        let house = try House()
        let path = #filePath.prefix(upTo: try #require(#filePath.range(of: "/Tests/")?.lowerBound))
        let page = String(decoding: try readFile("\(path)/docs/reelctl.1"), as: UTF8.self)
            .replacing("\\", with: "")
        let overview = try await house.expect(0, of: "help").printed
        for command in Self.lines(overview).filter({ $0.hasPrefix("  ") })
            .compactMap({ $0.split(separator: " ").first.map(String.init) })
        {
            #expect(
                page.contains(".It Cm \(command)") || page.contains("\n.Cm \(command)\n"),
                "\(command)")
            let help = try await house.expect(0, of: "help \(command)").printed
            for line in Self.lines(help) where line.hasPrefix("  -") {
                for option in line.split(separator: " ").prefix(2) where option.hasPrefix("-") {
                    let name = option.dropFirst().filter { $0 != "," }
                    let isThere =
                        page.contains("Fl \(name)") || page.contains(", \(name)")
                    #expect(isThere, "\(option) of \(command)")
                }
            }
        }
    }

    /// What is described elsewhere is not written twice.
    @Test func thePagesOfFilesAreWrittenFromTheirSources() async throws {
        let house = try House()
        let path = #filePath.prefix(upTo: try #require(#filePath.range(of: "/Tests/")?.lowerBound))
        let check = try RunningDaemon(
            ["\(path)/.ci/pages", "--check"], log: "\(house.path)/said",
            output: "\(house.path)/printed")
        #expect(try await check.exit() == .exited(0), "\(check.printed)")
    }

    /// The pages are good mdoc; see mandoc(1).
    @Test(.enabled(if: access("/usr/bin/mandoc", X_OK) == 0, "There is no mandoc here."))
    func thePagesHaveNoFault() async throws {
        let house = try House()
        let path = #filePath.prefix(upTo: try #require(#filePath.range(of: "/Tests/")?.lowerBound))
        let lint = try RunningDaemon(
            ["/bin/sh", "-c", "mandoc -T lint -W warning \(path)/docs/*.[1-8]"],
            log: "\(house.path)/said", output: "\(house.path)/printed")
        #expect(try await lint.exit() == .exited(0), "\(lint.printed)\(lint.lines)")
    }

    /// What the recipes put into the configuration can be put there.
    @Test func theRecipesAreConfigurations() async throws {
        let house = try House()
        let path = #filePath.prefix(upTo: try #require(#filePath.range(of: "/Tests/")?.lowerBound))
        let page = String(
            decoding: try readFile("\(path)/docs/reeld-recipes.7"), as: UTF8.self)
        let blocks = page.components(separatedBy: ".Bd -literal\n").dropFirst()
            .compactMap { $0.components(separatedBy: ".Ed").first }
            .filter { $0.hasPrefix("on:") || $0.hasPrefix("pipelines:") }
        #expect(blocks.count >= 5)
        for block in blocks {
            try writeFile("\(house.path)/recipe.json5", "{\n\(block)\n}".utf8)
            let check = try house.launch([
                "--check-config", "--config", "\(house.path)/recipe.json5",
            ])
            #expect(try await check.exit() == .exited(0), "\(block): \(check.lines)")
        }
    }

    @Test func whatIsNearlyRightIsSuggested() async throws {
        let house = try House()
        #expect(try await house.expect(64, of: "lst").said.contains("Did you mean 'list'?"))
        #expect(try await house.expect(64, of: "").said.contains("A command is missing."))
        #expect(
            try await house.expect(64, of: "list --deep").said.contains("list has no option --deep")
        )
    }

    /// A reader that wants no more is no error worth a word.
    @Test(arguments: ["", "trap '' PIPE; "])
    func aPipeThatIsClosedEarlyIsNoNoise(_ before: String) async throws {
        let house = try House()
        let result = try await house.expect(
            0, of: "help | true", prefix: "/bin/sh -c '\(before)\"$0\" \"$@\"'")
        #expect(result.said.isEmpty)
    }

    @Test func wordsAreCompleted() async throws {
        let house = try House()
        _ = try await house.startPaused()
        try house.drop("octopus one.json")
        func complete(_ words: String) async throws -> [String] {
            try await house.expect(0, of: "complete -- \(words)").printed.split(separator: "\n")
                .map { String($0.prefix { $0 != "\t" }) }
        }
        #expect(try await complete("ca") == ["cat", "cancel"])
        #expect(try await complete("cancel --dry") == ["--dry-run"])
        #expect(try await complete("--root x list --state par") == ["parked"])
        #expect(try await complete("show octo") == ["octopus one.json"])
        #expect(try await complete("completion ''") == ["bash", "zsh", "fish"])
        #expect(try await complete("submit ''").isEmpty)
        #expect(try await complete("frobnicate ''").isEmpty)
    }

    @Test func bashCompletesByIt() async throws {
        let house = try House()
        _ = try await house.startPaused()
        try house.drop("octopus one.json")
        let program = try RunningDaemon.program().dropLast("/reeld".count)
        let script = """
            PATH="\(program):$PATH"; export REELD_ROOT='\(house.root)'
            eval "$(reelctl completion bash)"
            COMP_WORDS=(reelctl show octo); COMP_CWORD=2; _reelctl; echo "${COMPREPLY[@]}"
            COMP_WORDS=(reelctl rel); COMP_CWORD=1; _reelctl; echo "${COMPREPLY[@]}"
            """
        let shell = try RunningDaemon(
            ["/bin/bash", "-c", script], log: "\(house.path)/bash.said",
            output: "\(house.path)/bash.printed")
        #expect(try await shell.exit() == .exited(0))
        #expect(shell.printed == "octopus\\ one.json\nrelease\n", "\(shell.lines)")
    }

    /// The same in the other shells, where they are: read from a file, and in zsh also loaded by its name, as from
    /// where it is installed.
    @Test(
        .enabled(if: access("/usr/bin/zsh", X_OK) == 0, "There is no zsh here."),
        arguments: [
            #"eval "$(reelctl completion zsh)""#,
            #"mkdir $HOUSE/f; reelctl completion zsh >$HOUSE/f/_reelctl; fpath=($HOUSE/f $fpath); autoload -Uz _reelctl"#,
        ])
    func zshCompletesByIt(_ load: String) async throws {
        let house = try House()
        try await complete(
            house, in: "/usr/bin/zsh", "-fc",
            """
            autoload -Uz compinit && compinit -u -D
            \(load)
            compadd() { local name=$@[-1]; print -r -- "${(P@)name}" }
            words=(reelctl show octo) CURRENT=3; _reelctl
            words=(reelctl rel) CURRENT=2; _reelctl
            """)
    }

    @Test(.enabled(if: access("/usr/bin/fish", X_OK) == 0, "There is no fish here."))
    func fishCompletesByIt() async throws {
        try await complete(
            House(), in: "/usr/bin/fish", "-Nc",
            """
            reelctl completion fish | source
            complete -C "reelctl show octo" | string split -f 1 \\t
            complete -C "reelctl rel" | string split -f 1 \\t
            """)
    }

    private func complete(
        _ house: House, in shell: String, _ option: String, _ script: String
    ) async throws {
        _ = try await house.startPaused()
        try house.drop("octopus one.json")
        let program = try RunningDaemon.program().dropLast("/reeld".count)
        let process = try RunningDaemon(
            [
                "/usr/bin/env", "PATH=\(program):/usr/bin:/bin", "REELD_ROOT=\(house.root)",
                "HOUSE=\(house.path)", "HOME=\(house.path)", shell, option, script,
            ], log: "\(house.path)/shell.said", output: "\(house.path)/shell.printed")
        #expect(try await process.exit() == .exited(0))
        #expect(process.printed == "octopus one.json\nrelease\n", "\(process.lines)")
    }
}

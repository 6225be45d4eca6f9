import Glibc
import TestSupport
import Testing

/// `reelctl check`, and what `submit` and `make` check first.
@Suite struct ReelctlCheckTests {
    private let house: House

    init() throws {
        var settings = HouseSettings()
        settings.presets = "quick: { pipeline: 'copy', labels: { made: 'quickly' } }"
        house = try House(settings)
    }

    private func write(_ name: String, _ text: String) throws -> String {
        let path = "\(house.path)/\(name)"
        try writeFile(path, text.utf8)
        return path
    }

    @Test func allFilesAndAllThatIsWrongWithEachAreNamed() async throws {
        try house.makeInbox()
        let good = try write("good.json", #"{"topic": "bees", "preset": "quick"}"#)
        let bad = try write(
            "bad.json", "{\"topic\": \"bees\",\n\"duration\": 1, \"preset\": \"quik\"}")
        let worse = try write("worse.json", "{")
        for command in ["check", "submit"] {
            let result = try await house.runReelctl(command, good, bad, worse)
            #expect(result.ending == .exited(65))
            #expect(result.text.contains("\(bad): line 2, column 13, $.duration: must be a number"))
            #expect(
                result.text.contains(
                    "\(bad): line 2, column 26, $.preset: there is no preset 'quik'"))
            #expect(result.text.contains("(did you mean 'quick'?)"))
            #expect(result.text.contains("\(worse): line 1, column 2, $: "))
            #expect(!result.text.contains(good))
            let end =
                command == "check" ? "2 of 3 are wrong\n" : "nothing submitted: 2 of 3 are wrong\n"
            #expect(result.text.hasSuffix(end), "\(result.text)")
            #expect(house.names(in: "inbox").isEmpty)
        }
        let fine = try await house.runReelctl("check", good)
        #expect(fine.ending == .exited(0) && fine.text == "none of 1 is wrong\n", "\(fine.text)")
        let odd = try write("a\nb.json", #"{"topic": "bees"}"#)
        let named = try await house.runReelctl("submit", odd)
        #expect(named.ending == .exited(65) && named.text.contains("its name contains a control"))
        let missing = try await house.runReelctl("check", "\(house.path)/none.json")
        #expect(missing.ending == .exited(66) && missing.text.contains("no such file"))
        let asJSON = try await house.runReelctl("check", "--json", good, bad)
        #expect(asJSON.ending == .exited(65) && asJSON.text.contains("\"wrong\" : 1"))
    }

    /// What is wrong by `check` is what the daemon rejects, and the other way round.
    @Test func theDaemonSaysTheSame() async throws {
        _ = try await house.start()
        let specs = [
            #"{"topic": "T", "pipeline": "none"}"#, #"{"topic": "T", "preset": "none"}"#,
            #"{"topic": "T", "images": ["/etc/passwd"]}"#,
            #"{"topic": "T", "music": "/etc/passwd"}"#,
            #"{"topic": "T", "durations": 1}"#, #"{"topic": "T", "not_before": "tomorrow"}"#,
            #"{"topic": "T", "preset": "quick", "priority": 101}"#,
        ]
        for (number, spec) in specs.enumerated() {
            let path = try write("spec\(number).json", spec)
            #expect(try await house.runReelctl("check", path).ending == .exited(65), "\(spec)")
            try house.drop("\(number).json", spec)
            try await house.ended("\(number).json", in: "rejected")
        }
        let good = try write("good.json", #"{"topic": "T", "preset": "quick"}"#)
        #expect(try await house.runReelctl("check", good).ending == .exited(0))
        try house.drop("good.json", #"{"topic": "T", "preset": "quick"}"#)
        try await house.ended("good.json")
    }

    /// An ordinary user, who may not read the daemon's configuration.
    @Test(.enabled(if: House.canBeSomebodyElse)) func whatCannotBeReadIsSaid() async throws {
        let prefix = try house.somebodyElse()
        let path = try write("spec.json", #"{"topic": "T", "preset": "any", "voice": "nobody"}"#)
        chmod(house.configurationPath, 0)
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let command = try RunningDaemon(
            prefix + [String(program), "--config", house.configurationPath, "check", path],
            log: "\(house.path)/said", output: "\(house.path)/printed")
        #expect(try await command.exit() == .exited(65))
        let printed = String(decoding: try readFile("\(house.path)/printed"), as: UTF8.self)
        #expect(
            printed.contains("$.voice: voice 'nobody'") && printed.hasSuffix("1 of 1 is wrong\n"))
        #expect(command.said("were not checked: ", house.configurationPath, "permission"))
    }

    @Test func aTopicIsMadeAJob() async throws {
        _ = try await house.start()
        let result = try await house.runReelctl(
            "make", "Why bees dance?", "--preset", "quick", "--duration", "30", "--label", "a=b=c",
            "--priority=-3", "--id", "bees-1", "--wait")
        #expect(result.ending == .exited(0), "\(result.text)")
        #expect(result.text.contains("  why-bees-dance.json"))
        let receipt = try await house.ended("why-bees-dance.json")
        let spec = String(
            decoding: try readFile("\(house.root)/done/why-bees-dance.json"), as: UTF8.self)
        #expect(
            spec.contains("\"topic\": \"Why bees dance?\"") && spec.contains("\"duration\": 30"))
        #expect(spec.contains("\"a\": \"b=c\"") && spec.contains("\"priority\": -3"))
        #expect(receipt.outputs.count == 1)
        let dashed = try await house.runReelctl("make", "--preset", "quick", "--", "-- नाच")
        #expect(dashed.ending == .exited(0) && dashed.text.contains("  नाच.json"), "\(dashed.text)")
        try await house.ended("नाच.json")
        let again = try await house.runReelctl("--quiet", "make", "नाच!", "--preset", "quick")
        #expect(again.ending == .exited(0) && again.text.utf8.count == 5)
    }

    @Test func whatIsWrongWithAnOptionNamesTheOption() async throws {
        try house.makeInbox()
        let result = try await house.runReelctl(
            "make", "bees", "--platform", "squar", "--duration", "ten")
        #expect(result.ending == .exited(65))
        #expect(
            result.text.contains("--platform: must be one of ")
                && result.text.contains("--duration: must"))
        #expect(house.names(in: "inbox").isEmpty)
        for wrong in [["make"], ["make", "a", "b"], ["make", "a", "--label", "x"]] {
            let arguments = wrong.joined(separator: " ")
            let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
            let command = try RunningDaemon(
                [String(program), "--root", house.root] + wrong, log: "\(house.path)/said",
                output: "\(house.path)/printed")
            #expect(try await command.exit() == .exited(64), "\(arguments)")
        }
    }
}

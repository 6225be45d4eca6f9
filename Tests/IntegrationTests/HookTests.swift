import Glibc
import Testing

/// The section `on`: what is called when a job has ended.
@Suite struct HookTests {
    /// Makes a file that has a video's name.
    private static let clip = HouseSettings.Step.shell("clip", "cp $JOB $OUT/clip.mp4")

    /// A hook that leaves a line each time it is called, with what it was given.
    private static func note(
        _ name: String, _ words: String = "{receipt}", then script: String = "true",
        more: String = ""
    ) -> HouseSettings.Step {
        HouseSettings.Step(
            name: name,
            command: [
                "/bin/sh", "-ec",
                "HOUSE=${REELD_ROOT%/*}\necho \"$1\" >> $HOUSE/\(name).calls\n\(script)", "sh",
                words,
            ], more: more)
    }

    private func calls(_ name: String, in house: House) -> [String] {
        let text = String(
            decoding: (try? readFile("\(house.path)/\(name).calls")) ?? [], as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func theyAreCalledInOrderWithWhatTheJobMade() async throws {
        var settings = HouseSettings()
        settings.pipelines["clip"] = [Self.clip]
        settings.hooks["done"] = [
            Self.note("deliver", "{video}", then: "test ! -e $HOUSE/tell.calls; cp \"$1\" $HOUSE/"),
            Self.note("tell", then: "cp \"$1\" $HOUSE/told.json; touch left-behind"),
        ]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json", House.spec("clip"))
        let receipt = try await house.ended("job.json")
        let session = "\(house.root)/outputs/\(try #require(receipt.session))"
        #expect(calls("deliver", in: house) == ["\(session)/final_output/clip.mp4"])
        #expect(calls("tell", in: house) == ["\(session)/metadata/receipt.json"])
        #expect(receipt.hooks == ["deliver": "done", "tell": "done"])
        #expect(receipt.degradations == [] && receipt.attempts["on.done.deliver"] == 1)
        #expect(try readFile("\(house.path)/clip.mp4") == house.published(receipt.outputs[0]))
        let told = String(decoding: try readFile("\(house.path)/told.json"), as: UTF8.self)
        #expect(told.contains("\"state\" : \"done\"") && told.contains("final_output/clip.mp4"))
        // What they leave is nobody's.
        #expect(house.names(in: "outputs/\(receipt.session ?? "")/final_output") == ["clip.mp4"])
        let list = try await house.expect(0, of: "show job.json")
        #expect(list.printed.contains("on.done.deliver") && !list.printed.contains("Degraded"))
        house.expectNothingInFlight()
    }

    /// The job is done all the same, and says so; what failed is called again when that is asked for, and
    /// nothing else.
    @Test func aFailureIsToldAndMendedByARetry() async throws {
        var settings = HouseSettings()
        settings.hooks["done"] = [
            Self.note("first"),
            Self.note("second", then: "test ! -e $HOUSE/broken"),
            Self.note("third"),
            Self.note("fourth", more: "needs: []"),
        ]
        let house = try House(settings)
        try writeFile("\(house.path)/broken", [])
        let daemon = try await house.start()
        try house.drop("job.json")
        let receipt = try await house.ended("job.json")
        #expect(
            receipt.hooks
                == [
                    "first": "done", "second": "tool_failed", "third": "hook_skipped",
                    "fourth": "done",
                ])
        #expect(receipt.degradations.count == 2 && receipt.degradations[0].hasPrefix("Hook second"))
        #expect(receipt.attempts["on.done.second"] == 1 && calls("third", in: house) == [])
        #expect(daemon.said("Hook second of job.json failed"))
        let shown = try await house.expect(0, of: "list")
        #expect(shown.printed.contains("degraded") && shown.printed.contains("Hook second failed"))
        let dry = try await house.expect(0, of: "retry --hooks --dry-run job.json")
        #expect(dry.printed.contains("would be taken up again for its hooks"))

        #expect(unlink("\(house.path)/broken") == 0)
        try await house.expect(0, of: "retry --hooks --timeout 300 job.json")
        try await house.eventually("its hooks are called again") {
            (try? house.receipt(of: "job.json", in: "done").hooks?["third"]) == "done"
        }
        #expect(
            ["first", "second", "third", "fourth"].map { calls($0, in: house).count } == [
                1, 2, 1, 1,
            ])
        let again = try house.receipt(of: "job.json", in: "done")
        #expect(again.degradations == [] && again.session == receipt.session)
        #expect(again.times.finished == receipt.times.finished)
        // Their statistics are those of the hook, whatever pipeline made the job.
        try await house.eventually("they are written down") {
            try await house.expect(0, of: "stats").printed.contains("on.done/second")
        }
        // Whoever knows the hooks says so before the daemon has to; by hand, that does.
        for words in ["retry --hooks job.json", "retry --hooks --dry-run job.json"] {
            let third = try await house.runReelctl(words.split(separator: " ").map(String.init))
            #expect(third.text.contains("has no hook to be called again"), "\(third.text)")
            #expect(third.ending == .exited(69))
        }
        // Nor has what was never claimed.
        try house.drop("bad.json", "{")
        try await house.eventually("it is rejected") { house.jobs(in: "rejected") == ["bad.json"] }
        let bad = try await house.expect(69, of: "retry --hooks bad.json")
        #expect(bad.said.contains("has no hook to be called again"), "\(bad.said)")
        let all = try await house.runReelctl(["retry", "--hooks", "--all", "--dry-run"])
        #expect(!all.text.contains("of others") && !all.text.contains("bad.json"), "\(all.text)")
        try house.request("job.json.retry-hooks")
        try await house.requestsAreDone()
        #expect(daemon.said("none of its hooks is to be called again"))
        #expect(house.jobs(in: "done") == ["job.json"])
        house.expectNothingInFlight()
    }

    /// Whatever was called to its end is not called again, and nothing of the job is made again.
    @Test func aCrashGoesOnWhereItWas() async throws {
        var settings = HouseSettings()
        settings.hooks["done"] = [Self.note("first"), Gate.step("wait"), Self.note("last")]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        for round in 1...2 {
            let daemon = try await house.start()
            if round == 1 { try house.drop("job.json") }
            try await gate.reached(round)
            #expect(house.names(in: "done") == [])
            let list = try await house.expect(0, of: "list running")
            #expect(list.printed.contains("on.done.wait"))
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
        }
        _ = try await house.start()
        try await gate.reached(3)
        try await gate.open()
        let receipt = try await house.ended("job.json")
        #expect(calls("first", in: house).count == 1 && calls("last", in: house).count == 1)
        #expect(
            receipt.attempts == [
                "copy": 1, "on.done.first": 1, "on.done.wait": 1, "on.done.last": 1,
            ])
        house.expectNothingInFlight()
    }

    /// One that takes the daemon with it each time is given up, and the job is done.
    @Test func daemonsThatDieOverHooksDoNotLoseTheJob() async throws {
        var settings = HouseSettings()
        settings.hooks["done"] = [Gate.step("wait"), Self.note("last", more: "needs: []")]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        try house.makeInbox()
        try house.drop("job.json")
        for round in 1...3 {
            let daemon = try await house.start()
            try await gate.reached(round)
            daemon.send(SIGKILL)
            _ = try await daemon.exit()
        }
        _ = try await house.start()
        let receipt = try await house.ended("job.json")
        #expect(receipt.hooks == ["wait": "poison", "last": "poison"] && gate.count == 3)
        #expect(receipt.outputs.count == 1)
    }

    /// What cannot be called is waited for, as a provider of a step is, for so long.
    @Test func oneThatIsUnavailableIsWaitedFor() async throws {
        var settings = HouseSettings()
        settings.retry += ", retry_after_limit: 1"
        settings.hooks["done"] = [Self.note("busy", then: "test -e $HOUSE/open || exit 69")]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json")
        try await house.eventually("the job waits") { house.names(in: "deferred").count == 1 }
        let list = try await house.expect(0, of: "list parked")
        #expect(list.printed.contains("parked"))
        #expect(list.printed.contains("could not"), "\(list.printed)")
        #expect(daemon.said("hook busy has to wait"))
        try writeFile("\(house.path)/open", [])
        #expect(try await house.ended("job.json").hooks == ["busy": "done"])

        settings.patience = 0
        try house.configure(settings)
        #expect(unlink("\(house.path)/open") == 0)
        settings.hooks["failed"] = [.init(name: "nobody", command: ["no-such-program"])]
        try house.configure(settings)
        let check = try house.launch(["--check-config", "--config", house.configurationPath])
        _ = try await check.exit()
        #expect(check.said("no-such-program", "on.failed/nobody"), "\(check.lines)")
        daemon.send(SIGHUP)
        try await house.eventually("it is read") { daemon.said("configuration") }
        try house.drop("other.json")
        let hooks = try await house.ended("other.json").hooks
        #expect(hooks == ["busy": "unavailable"])
    }

    @Test func eachEndHasItsOwnAndACancelledJobHasNone() async throws {
        var settings = HouseSettings()
        settings.pipelines["fail"] = [.shell("stop", "exit 3")]
        settings.pipelines["gate"] = [Gate.step("wait")]
        settings.hooks["done"] = [Self.note("done")]
        settings.hooks["failed"] = [Self.note("failed", then: "cp \"$1\" $HOUSE/told.json")]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        _ = try await house.start()
        try house.drop("bad.json", House.spec("fail"))
        try house.drop("no.json", House.spec("gate"))
        let receipt = try await house.ended("bad.json", in: "failed")
        #expect(receipt.hooks == ["failed": "done"])
        let told = String(decoding: try readFile("\(house.path)/told.json"), as: UTF8.self)
        #expect(told.contains("\"state\" : \"failed\"") && told.contains("status 3"))
        try await gate.reached()
        try await house.expect(0, of: "cancel --timeout 300 no.json")
        #expect(try house.receipt(of: "no.json", in: "failed").hooks == nil)
        #expect(calls("failed", in: house).count == 1 && calls("done", in: house) == [])
        // Tried again, it ends again, and that is told again.
        try await house.expect(0, of: "retry --timeout 300 bad.json")
        try await house.eventually("it has failed again") {
            (try? house.receipt(of: "bad.json", in: "failed").retries) == 1
        }
        #expect(calls("failed", in: house).count == 2)
    }

    /// To cancel a job whose hooks are called is to call no more of them: it is made.
    @Test func cancellingOneThatHasEndedEndsItsHooks() async throws {
        var settings = HouseSettings()
        settings.hooks["done"] = [Gate.step("wait"), Self.note("last", more: "needs: []")]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        _ = try await house.start()
        try house.drop("job.json")
        try await gate.reached()
        // Held, it is set aside like any other.
        try await house.expect(0, of: "hold --timeout 300 job.json")
        try await house.expect(0, of: "release --timeout 300 job.json")
        try await gate.reached(2)
        let dry = try await house.expect(0, of: "cancel --dry-run job.json")
        #expect(dry.printed.contains("would be filed without the rest of its hooks"))
        let answer = try await house.expect(0, of: "cancel --timeout 300 job.json")
        #expect(answer.printed.contains("has been filed without the rest of its hooks"))
        let receipt = try await house.ended("job.json")
        #expect(receipt.hooks == ["wait": "hook_cancelled", "last": "hook_cancelled"])
        #expect(gate.processes.flatMap { $0 }.filter(isAlive) == [], "left running")
    }

    @Test func oneOfRejectedFilesIsToldWhy() async throws {
        var settings = HouseSettings()
        settings.hooks["rejected"] = [
            Self.note("tell", then: "cp \"$1\" $HOUSE/told.json; test -e \"${1%/*}/job.json\"")
        ]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("bad.json", "{\"topic\": 3}")
        let receipt = try await house.ended("bad.json", in: "rejected")
        #expect(receipt.error?.code == "invalid_spec" && receipt.error?.stage == "inbox")
        #expect(receipt.hooks == ["tell": "done"] && receipt.session != nil)
        let told = String(decoding: try readFile("\(house.path)/told.json"), as: UTF8.self)
        #expect(told.contains("invalid_spec") && told.contains("\"state\" : \"rejected\""))
        try await house.eventually("it is said") { daemon.said("Rejected bad.json: ") }
        let shown = try await house.expect(0, of: "show bad.json")
        #expect(shown.printed.contains("rejected") && shown.printed.contains("invalid_spec"))
        // Mended, it is a new job.
        try await house.expect(0, of: "retry --timeout 300 bad.json")
        try await house.eventually("it is rejected again") { calls("tell", in: house).count == 2 }
        try await house.ended("bad.json", in: "rejected")
        house.expectNothingInFlight()
        let check = try await house.expect(0, of: "fsck")
        #expect(check.printed.contains(": clean"), "\(check.printed)")
    }

    /// What cannot be a spec is rejected, or left alone, as without hooks: at once, and not over and over.
    @Test func whatIsNoFileIsRejectedWithoutOne() async throws {
        var settings = HouseSettings()
        settings.hooks["rejected"] = [Self.note("tell")]
        let house = try House(settings)
        let daemon = try await house.start()
        #expect(symlink("nowhere", "\(house.root)/inbox/link.json") == 0)
        #expect(mkfifo("\(house.root)/inbox/fifo.json", 0o644) == 0)
        #expect(mkdir("\(house.root)/inbox/directory.json", 0o700) == 0)
        for name in ["link.json", "fifo.json"] {
            try await house.eventually("\(name) is rejected") {
                house.names(in: "rejected").contains(name)
            }
            #expect(try house.receipt(of: name, in: "rejected").hooks == nil)
        }
        try house.drop("job.json")
        try await house.ended("job.json")
        #expect(calls("tell", in: house) == [] && daemon.count(of: "link.json") == 1)
        // A file that members may not read is not copied to where they may.
        try writeFile("\(house.path)/draft", "{\"token\": \"secret\"".utf8, mode: 0o600)
        #expect(rename("\(house.path)/draft", "\(house.root)/inbox/private.json") == 0)
        let receipt = try await house.ended("private.json", in: "rejected")
        let metadata = house.names(in: "outputs/\(try #require(receipt.session))/metadata")
        #expect(receipt.hooks == ["tell": "done"] && !metadata.contains("job.json"))
    }
}

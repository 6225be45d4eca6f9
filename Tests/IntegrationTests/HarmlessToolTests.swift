import Glibc
import Testing

/// Tools that flood, fill, hide and stay: their own job may suffer, nothing else does.
@Suite struct HarmlessToolTests {
    /// One that says a gigabyte does its work; the log has how it began and how it ended.
    @Test func aFloodIsCut() async throws {
        var settings = HouseSettings()
        settings.pipelines["flood"] = [
            .shell(
                "flood",
                """
                echo the first
                head -c 1000000000 /dev/zero
                stat -c %s $SESSION/logs/flood.log >$OUT/size
                echo
                echo the last
                """)
        ]
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("job.json", House.spec("flood"))
        let receipt = try await house.ended("job.json")
        let output = try #require(receipt.outputs.first)
        let meanwhile = String(decoding: try house.published(output), as: UTF8.self)
        #expect(Int(meanwhile.dropLast()) ?? .max < 264_000)
        let session = try #require(receipt.session)
        let log = String(
            decoding: try readFile("\(house.root)/outputs/\(session)/logs/flood.log"),
            as: UTF8.self)
        #expect(log.utf8.count < 526_000)
        #expect(log.hasPrefix("$ /bin/sh -ec ") && log.contains("\nthe first\n\0"))
        #expect(
            log.contains("\n[bytes left out here: \(10 + 1_000_000_000 + 1 + 9 - 524_288)]"))
        #expect(log.hasSuffix("\0\nthe last\n"))
    }

    @Test func anEndlessFloodIsEnded() async throws {
        var settings = HouseSettings()
        settings.tools += ", output_limit: 1048576"
        settings.pipelines["flood"] = [.shell("flood", "trap '' TERM; while :; do echo y; done")]
        let error = try await failure(settings, "flood")
        #expect(error.code == "quota_exceeded" && error.stage == "flood")
        #expect(error.message.contains("tools.output_limit"), "\(error)")
    }

    /// Some stop by themselves, some never would; some fail by the limit, some do not notice.
    @Test(arguments: [
        "head -c 5000000 /dev/zero >$OUT/large",
        "head -c 5000000 /dev/zero >$OUT/large || :",
        "truncate -s 1500000 $OUT/a $OUT/b $OUT/c",
        "for i in 1 2 3 4 5; do head -c 1000000 /dev/zero >$OUT/$i; done",
        "trap '' TERM; i=0; while :; do i=$((i+1)); head -c 500000 /dev/zero >$SESSION/audio/$i; done",
        "mkdir $OUT/a; for i in 1 2 3 4 5; do head -c 1000000 /dev/zero >$OUT/a/$i; done; chmod 0 $OUT/a; sleep 1000",
        """
        exec python3 -c '
        import os, sys, time
        for i in range(5):
            try: open(f"{sys.argv[1]}/{i}", "wb").write(bytes(5_000_000))
            except OSError: pass
        time.sleep(1000)' $OUT
        """,
    ])
    func whatFillsItsSessionFails(_ script: String) async throws {
        var settings = HouseSettings()
        settings.jobs += ", max_session_bytes: 2000000"
        settings.pipelines["fill"] = [.shell("fill", script)]
        let error = try await failure(settings, "fill")
        #expect(error.code == "quota_exceeded" && error.stage == "fill", "\(error)")
        #expect(error.message.contains("2.0 MB") && error.hint?.contains("raise") == true)
        #expect(error.message.contains("jobs.max_session_bytes"))
    }

    @Test(arguments: [
        "i=0; while :; do i=$((i+1)); : >$OUT/$i; done",
        "i=0; while [ $i -lt 300 ]; do i=$((i+1)); mkdir -p $OUT/a/$i; done",
    ])
    func soDoesWhatMakesTooManyFiles(_ script: String) async throws {
        var settings = HouseSettings()
        settings.jobs += ", max_session_files: 200"
        settings.pipelines["fill"] = [.shell("fill", script)]
        let error = try await failure(settings, "fill")
        #expect(error.code == "quota_exceeded", "\(error)")
        #expect(error.message.contains("more than the 200 files"))
        #expect(error.message.contains("jobs.max_session_files"))
    }

    /// Each leaves one process that wants to live for ever, and says its number.
    @Test(arguments: [
        // In its group, with the pipe of the log open.
        "sh -c \"$stay\" &",
        // In a session of its own, an orphan, with nothing open.
        "(setsid sh -c \"$stay\" </dev/null >/dev/null 2>&1 &)",
        // Without the marks.
        "(env -i HOUSE=$HOUSE /usr/bin/setsid /bin/sh -c \"$stay\" &)",
        // A daemon by the book.
        """
        python3 -c '
        import os, signal, sys
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.chdir("/")
                os.closerange(0, 256)
                for number in (signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
                with open(sys.argv[1], "a") as file: print(os.getpid(), file=file)
                while True: signal.pause()
            os._exit(0)
        ' $HOUSE/pids
        """,
        // With many others that come and go.
        "for i in 1 2 3 4 5 6 7 8 9; do (setsid true &); done; (setsid sh -c \"$stay\" &)",
    ])
    func whatIsLeftBehindIsEnded(_ script: String) async throws {
        let header =
            "export HOUSE; stay='trap \"\" TERM HUP; echo $$ >>$HOUSE/pids; exec sleep 1000'\n"
        let footer = "\nuntil [ -s $HOUSE/pids ]; do sleep 0.01; done; cp $JOB $OUT"
        var settings = HouseSettings()
        settings.pipelines["stay"] = [.shell("stay", header + script + footer)]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("stay"))
        let receipt = try await house.ended("job.json")
        let pids = pids(house)
        #expect(pids.count == 1 && pids.filter(isAlive) == [], "left running")
        #expect(receipt.degradations.count == 1)
        let notice = receipt.degradations.first ?? ""
        // Those that come and go may still be there.
        #expect(notice.hasPrefix("Step stay left ") && notice.contains(" behind"), "\(notice)")
        #expect(daemon.said("job.json", notice))
        #expect(names(in: "/proc/\(daemon.pid)/task").flatMap(daemon.children) == [], "zombies")
        house.expectNothingInFlight()
    }

    /// They have left their group and ignore SIGTERM, and what started them hangs: all of it is gone
    /// when the daemon has stopped.
    @Test func whatHidesAndHangsIsEndedToo() async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 4, drain_time: 0"
        settings.pipelines["hang"] = [
            .shell(
                "hang",
                """
                trap '' TERM HUP
                echo $$ >>$HOUSE/pids
                (setsid sh -c 'echo $$ >>'$HOUSE'/pids; exec sleep 1000' &)
                (env -i /usr/bin/setsid /bin/sh -c 'echo $$ >>'$HOUSE'/pids; exec sleep 1000' &)
                setsid sh -c 'echo $$ >>'$HOUSE'/pids; exec sleep 1000' &
                while :; do sleep 1000; done
                """)
        ]
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("hang"))
        try await house.eventually("all are there") { pids(house).count == 4 }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(pids(house).filter(isAlive) == [], "left running")
        #expect(house.names(in: "active").count == 1)
    }

    /// The processes that said their numbers; the last line may not be whole yet.
    private func pids(_ house: House) -> [pid_t] {
        let text = (try? readFile("\(house.path)/pids")) ?? []
        return String(decoding: text, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .compactMap { pid_t($0) }
    }

    /// How a job fails that other jobs must not notice.
    private func failure(
        _ settings: HouseSettings, _ pipeline: String, at place: SourceLocation = #_sourceLocation
    ) async throws -> House.Receipt.Problem {
        let house = try House(settings)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec(pipeline))
        let receipt = try await house.ended("job.json", in: "failed", at: place)
        #expect(receipt.attempts == [pipeline: 1], "it is permanent", sourceLocation: place)
        try house.drop("good.json")
        try await house.ended("good.json", at: place)
        house.expectNothingInFlight(at: place)
        let session = try #require(receipt.session)
        // What it made is gone: it would be in the way of others.
        #expect(names(in: "\(house.root)/outputs/\(session)/.work") == [], sourceLocation: place)
        #expect(
            names(in: "/proc/\(daemon.pid)/task").flatMap(daemon.children) == [],
            sourceLocation: place)
        return try #require(receipt.error, sourceLocation: place)
    }
}

extension RunningDaemon {
    /// The children of one of its threads, those that wait to be reaped included.
    fileprivate func children(of thread: String) -> [Substring] {
        let text = (try? readFile("/proc/\(pid)/task/\(thread)/children")) ?? []
        return String(decoding: text, as: UTF8.self).split(separator: " ")
    }
}

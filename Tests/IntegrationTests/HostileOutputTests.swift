import Glibc
import Testing

/// Steps that leave in their output what is not to be published.
@Suite struct HostileOutputTests {
    @Test(
        arguments: [
            ("ln -s $HOUSE/secret $OUT/video.mp4", "not_a_file"),
            ("ln -s /etc/passwd $OUT/video.mp4", "not_a_file"),
            ("ln -s /nowhere $OUT/video.mp4", "not_a_file"),
            ("ln -s /etc $OUT/video.mp4", "not_a_file"),
            ("ln -s $SESSION/metadata/job.json $OUT/video.mp4", "not_a_file"),
            ("ln -s ../../../$OTHER/final_output/job.json $OUT/video.mp4", "not_a_file"),
            (
                "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"video.mp4\")'",
                "not_a_file"
            ),
            ("mkdir $OUT/video.mp4", "not_a_file"),
            ("mkfifo $OUT/video.mp4", "not_a_file"),
            ("cp $JOB \"$OUT/video\n.mp4\"", "bad_output"),
            ("cp $JOB \"$OUT/-video.mp4\"", "bad_output"),
            ("cp $JOB \"$OUT/$(printf '\\033]0;x\\007').mp4\"", "bad_output"),
            ("cp $JOB \"$OUT/$(printf 'caf\\351.mp4')\"", "bad_output"),
            (
                "rmdir $SESSION/final_output; ln -s $HOUSE/elsewhere $SESSION/final_output; cp $JOB $OUT",
                nil
            ),
            (
                "mv $SESSION/.work $HOUSE/away; ln -s $HOUSE/away $SESSION/.work; cp $JOB $HOUSE/away/make",
                nil
            ),
            ("cp $JOB $SESSION/final_output/job.json; echo other > $OUT/job.json", "output_exists"),
        ] as [(String, String?)])
    func isNotPublished(_ script: String, _ code: String?) async throws {
        var settings = HouseSettings()
        settings.pipelines["hostile"] = [
            .shell("make", "OTHER=$(cat $HOUSE/other)\n" + script)
        ]
        let house = try House(settings)
        try writeFile("\(house.path)/secret", "secret".utf8)
        #expect(mkdir("\(house.path)/elsewhere", 0o755) == 0)
        let daemon = try await house.start()
        try house.drop("other.json")
        let other = try await house.ended("other.json").session
        try writeFile("\(house.path)/other", (other ?? "").utf8)
        try house.drop("job.json", House.spec("hostile"))
        let receipt = try await house.ended("job.json", in: "failed")
        let error = try #require(receipt.error)
        if let code { #expect(error.code == code, "\(error.message)") }
        #expect(error.code != "internal" && error.code != "system_error", "\(error)")
        #expect(error.message.hasPrefix("Could not "))
        #expect(receipt.outputs.isEmpty)
        let session = try #require(receipt.session)
        let published = "\(house.root)/outputs/\(session)/final_output"
        #expect(names(in: published).filter { $0 != "job.json" } == [])
        #expect(names(in: "\(house.path)/elsewhere") == [])
        #expect(try readFile("\(house.path)/secret") == Array("secret".utf8))
        house.expectNothingInFlight()

        try house.drop("good.json")
        try await house.ended("good.json")
        #expect(daemon.count(of: "Claimed job.json") == 1)
    }

    /// Some programs link where others copy. Whoever has the other name has no hand in what is published.
    @Test func aFileWithAnotherNameIsPublishedAsOneOfItsOwn() async throws {
        var settings = HouseSettings()
        settings.pipelines["links"] = [.shell("make", "ln $HOUSE/other $OUT/video.txt")]
        let house = try House(settings)
        try writeFile("\(house.path)/other", "as it was".utf8)
        _ = try await house.start()
        try house.drop("job.json", House.spec("links"))
        let output = try #require(try await house.ended("job.json").outputs.first)
        let file = open("\(house.path)/other", O_WRONLY | O_CLOEXEC)
        #expect(write(file, "changed", 7) == 7)
        close(file)
        #expect(try house.published(output) == Array("as it was".utf8))
        var status = stat()
        #expect(stat("\(house.root)/\(output.path)", &status) == 0 && status.st_nlink == 1)
    }

    /// Only root can make a device.
    @Test(.enabled(if: getuid() == 0, "only root can make a device"))
    func aDeviceIsNotPublished() async throws {
        try await isNotPublished("mknod $OUT/video.mp4 c 1 3", "not_a_file")
    }

    /// Directories of the session replaced by what leads elsewhere, while the daemon has still to
    /// write there. Whatever becomes of the job, nothing is written there, and nobody else notices.
    @Test(
        arguments: [
            "mv $SESSION/logs $SESSION/x; ln -s $HOUSE/elsewhere $SESSION/logs",
            "mv $SESSION/metadata $SESSION/x; ln -s $HOUSE/elsewhere $SESSION/metadata",
            "mv $SESSION/final_output $SESSION/x; ln -s $HOUSE/elsewhere $SESSION/final_output",
            "mv $SESSION/.work $SESSION/x; ln -s $HOUSE/elsewhere $SESSION/.work",
            "rm -rf $SESSION/.work; ln -s $HOUSE/elsewhere $SESSION/.work",
            "rm -rf $SESSION/.publication; ln -s $HOUSE/elsewhere $SESSION/.publication",
            "rm -rf $SESSION/logs; mkfifo $SESSION/logs",
            "rm $SESSION/logs/copy.log; mkfifo $SESSION/logs/copy.log",
            "rm $SESSION/logs/later.log; mkfifo $SESSION/logs/later.log",
            "ln -sf $HOUSE/secret $SESSION/logs/later.log",
            "ln -sf $HOUSE/secret $SESSION/metadata/.session.json.new",
            "ln -f $HOUSE/secret $SESSION/metadata/.session.json.new",
            "rm $SESSION/metadata/session.json; ln -s $HOUSE/secret $SESSION/metadata/session.json",
            "rm $SESSION/metadata/job.json; ln -s $HOUSE/secret $SESSION/metadata/job.json",
            "rm -rf $SESSION/*",
            "mv $SESSION $HOUSE/stolen; ln -s $HOUSE/elsewhere $SESSION",
        ])
    func leadsNowhere(_ script: String) async throws {
        var settings = HouseSettings()
        settings.pipelines["hostile"] = [
            .copy, .shell("make", "touch $SESSION/logs/later.log\n" + script),
            .shell("later", "echo hello; cp $JOB $OUT/later.json"),
        ]
        let house = try House(settings)
        try writeFile("\(house.path)/secret", "secret".utf8)
        #expect(mkdir("\(house.path)/elsewhere", 0o755) == 0)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("hostile"))
        // Without its record it cannot even fail: it stays where it is, and the log says why.
        try await house.eventually("it ends") {
            !(house.jobs(in: "done") + house.jobs(in: "failed")).isEmpty
                || daemon.said("metadata/", "no such file or directory")
        }
        if let failed = house.jobs(in: "failed").first {
            let error = try #require(try house.receipt(of: failed, in: "failed").error)
            #expect(error.code != "internal" && error.message.hasPrefix("Could not "))
        }
        #expect(names(in: "\(house.path)/elsewhere") == [])
        #expect(try readFile("\(house.path)/secret") == Array("secret".utf8))
        try house.drop("good.json")
        try await house.ended("good.json")
        // Nor does the next daemon stumble over it.
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        _ = try await house.start()
        try house.drop("again.json")
        try await house.ended("again.json")
        #expect(names(in: "\(house.path)/elsewhere") == [])
        #expect(try readFile("\(house.path)/secret") == Array("secret".utf8))
    }

    /// A name, a tool's last words and a label end where they end, on the terminal and in receipts.
    @Test func whatIsSaidCannotBecomeALineOrAnEscape() async throws {
        let lie = "2026-01-01T00:00:00Z error    lie"
        var settings = HouseSettings()
        settings.pipelines["liar"] = [
            .shell(
                "lie",
                "printf 'a\\n\(lie)\\n\\033[2J\\r\\233\\302\\233MESSAGE_ID=0\\tPRIORITY=0' >&2; exit 1"
            )
        ]
        let house = try House(settings)
        let daemon = try await house.start()
        let name = "a\n\(lie)\u{1b}[2J\rMESSAGE_ID=0.json"
        try house.drop(name, House.spec("liar"))
        try await house.ended(name, in: "rejected")
        try house.drop("liar\u{9b}\u{202e}.json", House.spec("liar"))
        try house.drop("liar.json", House.spec("liar"))
        let receipt = try await house.ended("liar.json", in: "failed")
        #expect(receipt.error?.message.contains("MESSAGE_ID=0") == true)
        try await house.eventually("it says so") {
            daemon.said("liar.json failed", "MESSAGE_ID=0") && daemon.said("Rejected a\\")
        }
        #expect(!daemon.lines.contains { $0.hasPrefix(lie) })
        let receipts = try ["rejected", "failed"].flatMap { state in
            try house.names(in: state).filter { $0.hasSuffix(".receipt") }.map {
                String(decoding: try readFile("\(house.root)/\(state)/\($0)"), as: UTF8.self)
            }
        }
        #expect(receipts.count >= 2)
        for text in daemon.lines + receipts {
            let isHarmless = text.unicodeScalars.allSatisfy {
                $0 == "\n" || $0.properties.generalCategory != .control && $0 != "\u{202e}"
            }
            #expect(isHarmless, "\(text.debugDescription)")
        }
    }

    /// Two forms of one letter are two names for the kernel, and two files for whoever made them; so are two jobs.
    @Test func namesThatDifferOnlyByTheirUnicodeFormAreTwo() async throws {
        let forms = ["\u{E9}", "e\u{301}"].map { Array($0.utf8) }
        var settings = HouseSettings()
        settings.pipelines["forms"] = [
            .shell(
                "one",
                #"""
                printf first > "$OUT/$(printf '\303\251.txt')"
                printf second > "$OUT/$(printf 'e\314\201.txt')"
                """#)
        ]
        let house = try House(settings)
        _ = try await house.start()
        for form in forms {
            try house.drop(form + ".json".utf8, Array(House.spec("forms").utf8))
        }
        for form in forms {
            let receipt = try await house.ended(form + ".json".utf8, in: "done")
            let paths = receipt.outputs.map { Array($0.path.utf8.suffix(7)) }
            #expect(paths.count == 2 && Set(paths).count == 2, "\(receipt.outputs)")
            #expect(
                try Set(receipt.outputs.map { try house.published($0) })
                    == [Array("first".utf8), Array("second".utf8)])
        }
    }
}

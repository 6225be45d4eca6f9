import Glibc
import Testing

/// What is no job is set aside with a reason, or left alone, and hurts no job that comes after it.
@Suite struct BadInputTests {
    /// A file of these bytes, and what its receipt has to say.
    struct Sample: CustomTestStringConvertible, Sendable {
        var name: String
        var text: String
        var code = "invalid_spec"
        var words: [String]

        var testDescription: String { name }

        init(_ name: String, _ text: String, code: String = "invalid_spec", _ words: String...) {
            self.name = "\(name).json"
            self.text = text
            self.code = code
            self.words = words
        }
    }

    private static let topic = "\"topic\": \"x\""

    static let samples = [
        Sample("empty", "", "empty"),
        Sample("blank", " \n\n", "empty"),
        Sample("truncated", "{\(topic), \"dura", "ends"),
        Sample("not-json", "# Make me a video\n", "line 1"),
        Sample("array", "[{\(topic)}]", "an object"),
        Sample("no-topic", "{}", "topic"),
        Sample("unknown-field", "{\(topic), \"durration\": 30}", "durration", "duration"),
        Sample("twice", "{\(topic), \"topic\": \"y\"}", "topic", "twice"),
        Sample("wrong-type", "{\(topic), \"duration\": \"long\"}", "$.duration", "number"),
        Sample("out-of-range", "{\(topic), \"duration\": 1e9}", "$.duration", "180"),
        Sample(
            "music", "{\(topic), \"music\": \"/etc/passwd\"}", code: "path_not_allowed", "$.music"),
        Sample(
            "too-large", "{\(topic)}" + String(repeating: " ", count: 1 << 20), code: "too_large",
            "1048576"),
        Sample("too-deep", String(repeating: "[", count: 100_000), "deep"),
        Sample(
            "unknown-pipeline", "{\(topic), \"pipeline\": \"coppy\"}", code: "unknown_pipeline",
            "coppy"),
        Sample("-dash", House.spec(), code: "bad_name", "dash"),
        Sample("line\nbreak", House.spec(), code: "bad_name", "line break"),
    ]

    @Test func eachIsRejectedWithAReasonAPersonUnderstands() async throws {
        let house = try House()
        let daemon = try await house.start()
        for sample in Self.samples { try house.drop(sample.name, sample.text) }
        let binary = Array("caf".utf8) + [0xE9] + Array(".json".utf8)
        try house.drop(binary, House.spec().utf8)
        try house.drop("good.json")

        for sample in Self.samples {
            let receipt = try await house.ended(sample.name, in: "rejected")
            expectHelp(receipt, sample.code, sample.words, sample.name)
        }
        let receipt = try await house.ended(binary, in: "rejected")
        expectHelp(receipt, "bad_name", ["UTF-8"], "caf\\xe9.json")
        #expect(receipt.job == "caf\\xe9.json")
        try await house.ended("good.json")
        house.expectNothingInFlight()
        try await house.eventually("it says so") {
            daemon.count(of: "Rejected ") == Self.samples.count + 1
        }
        // A name cannot break a line of the log.
        #expect(daemon.lines.allSatisfy { $0.hasPrefix("20") })
        #expect(house.names(in: "outputs").count == 1)
    }

    private func expectHelp(
        _ receipt: House.Receipt, _ code: String, _ words: [String], _ name: String
    ) {
        guard let error = receipt.error else {
            Issue.record("\(name): there is no error in its receipt.")
            return
        }
        let said = error.message + " " + (error.hint ?? "")
        #expect(error.code == code, "\(name): \(said)")
        for word in words { #expect(said.contains(word), "\(name): \(said)") }
        #expect(error.message.hasPrefix("Could not "), "\(name): \(said)")
        #expect(error.stage == "inbox", "\(name)")
        #expect(receipt.outputs.isEmpty && receipt.session == nil, "\(name)")
    }

    @Test func whatIsNoFileIsRejectedAsItIs() async throws {
        let house = try House()
        _ = try await house.start()
        let inbox = "\(house.root)/inbox"
        try writeFile("\(house.path)/elsewhere.json", House.spec().utf8)
        #expect(mkdir("\(house.path)/directory", 0o755) == 0)
        try writeFile("\(house.path)/directory/inside", "kept".utf8)
        #expect(rename("\(house.path)/directory", "\(inbox)/directory.json") == 0)
        #expect(symlink("\(house.path)/elsewhere.json", "\(inbox)/link.json") == 0)
        #expect(symlink("\(house.path)/nowhere", "\(inbox)/dangling.json") == 0)
        #expect(mkfifo("\(inbox)/fifo.json", 0o644) == 0)
        #expect(mknod("\(inbox)/socket.json", S_IFSOCK | 0o644, 0) == 0)
        var kinds = [
            "directory": "directory", "link": "symbolic link", "dangling": "symbolic link",
            "fifo": "FIFO", "socket": "socket",
        ]
        // Only a privileged user can make one; where that is not so, there is none to reject.
        let null = dev_t(1 << 8 | 3)
        if mknod("\(inbox)/device.json", S_IFCHR | 0o644, null) == 0 {
            kinds["device"] = "device"
        }
        try house.drop("good.json")
        for (name, kind) in kinds {
            let receipt = try await house.ended("\(name).json", in: "rejected")
            expectHelp(receipt, "not_a_file", [kind], name)
        }
        try await house.ended("good.json")
        #expect(try readFile("\(house.root)/rejected/directory.json/inside") == Array("kept".utf8))
        #expect(try readFile("\(house.path)/elsewhere.json") == Array(House.spec().utf8))
        house.expectNothingInFlight()
    }

    /// Another user's directory can be moved by nobody but root: nothing is filed for it, however often it
    /// is looked at.
    @Test(.enabled(if: getuid() == 0, "only root can make what is another's"))
    func whatCannotBeMovedIsNotFiled() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let daemon = try await house.start(prefix: house.somebodyElse())
        #expect(mkdir("\(house.root)/inbox/directory.json", 0o755) == 0)
        try await house.eventually("a word about it") {
            daemon.said("Could not file directory.json under rejected/", "permission denied")
        }
        for number in 1...3 {
            try house.drop("\(number).json")
            try await house.ended("\(number).json")
        }
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(house.names(in: "rejected") == [] && house.names(in: "inbox") == ["directory.json"])
    }

    @Test func whatIsNotForUsIsLeftAloneWithAtMostALine() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let daemon = try await house.start()
        let quiet = [".hidden.json", "upload.json.part", "job.json~", "copy.json.tmp"]
        for name in quiet + ["notes.txt"] { try house.drop(name) }
        try house.drop("good.json")
        try await house.ended("good.json")
        try await house.eventually("a word about notes.txt") {
            daemon.said("inbox/notes.txt alone")
        }
        // A scan tells nothing new; its only trace is what it finds.
        for number in 0..<5 {
            try writeFile("\(house.root)/inbox/again\(number).json", House.spec().utf8)
            try await house.ended("again\(number).json")
        }
        #expect(
            house.names(in: "inbox")
                == (quiet + ["notes.txt"]).filter { !$0.hasPrefix(".") }.sorted())
        #expect(access("\(house.root)/inbox/.hidden.json", F_OK) == 0)
        #expect(daemon.count(of: "notes.txt") == 1)
        for name in quiet { #expect(!daemon.said(name)) }
        #expect(house.names(in: "rejected") == [])
    }
}

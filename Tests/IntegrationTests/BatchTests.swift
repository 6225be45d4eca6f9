import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// `reelctl submit --batch`: many jobs of one file.
@Suite struct BatchTests {
    private let house: House

    init() throws {
        house = try House()
        try house.makeInbox()
    }

    private func write(_ name: String, _ text: String) throws -> String {
        let path = "\(house.path)/\(name)"
        try writeFile(path, text.utf8)
        return path
    }

    /// Whatever moves while one looks, all of the batch is listed and waited for.
    @Test func allOfABatchIsSeen() async throws {
        _ = try await house.start()
        let specs = String(repeating: "{\"topic\": \"Bees\", \"pipeline\": \"copy\"}\n", count: 6)
        let path = try write("six.jsonl", specs)
        for round in 1...8 {
            try await house.expect(0, of: "submit -q --batch \(path) --name b\(round)")
            let listed = try await house.expect(0, of: "list --batch b\(round)")
            let waited = try await house.expect(0, of: "wait --batch b\(round)")
            let rows = listed.printed.split(separator: "\n").count { $0.contains("Bees") }
            #expect(rows == 6, "\(listed.printed)")
            for number in 1...6 {
                #expect(waited.printed.contains("b\(round)-000\(number)"), "\(waited.printed)")
            }
        }
    }

    private struct Spec: Decodable, Equatable {
        var topic: String
        var id: String
        var pipeline: String?
        var labels: [String: String]
    }

    private func spec(_ name: String, in place: String = "inbox") throws -> Spec {
        try JSONDecoder().decode(Spec.self, from: Data(readFile("\(house.root)/\(place)/\(name)")))
    }

    private static let forms = [
        (
            "rows.csv",
            "\u{FEFF}topic,pipeline,labels.a,id\r\n\"Bees, \"\"too\"\"\",copy,x,\r\n\r\nAnts,copy,,own\r\n"
        ),
        (
            "rows.jsonl",
            """
            {"topic": "Bees, \\"too\\"", "pipeline": "copy", "labels": {"a": "x"}}

            {"topic": "Ants", "pipeline": "copy", "id": "own"}
            """
        ),
        (
            "rows.json",
            """
            [{"topic": "Bees, \\"too\\"", "pipeline": "copy", "labels": {"a": "x"}},
             {"topic": "Ants", "pipeline": "copy", "id": "own"}]
            """
        ),
    ]

    @Test(arguments: forms) func eachRowIsAJob(_ file: String, _ text: String) async throws {
        let path = try write(file, text)
        let result = try await house.runReelctl("submit", "--batch", path, "--name", "spring")
        #expect(result.ending == .exited(0), "\(result.text)")
        #expect(house.names(in: "inbox") == ["spring-0001.json", "spring-0002.json"])
        #expect(
            try spec("spring-0001.json")
                == Spec(
                    topic: "Bees, \"too\"", id: "spring/1", pipeline: "copy",
                    labels: ["a": "x", "batch": "spring"]))
        #expect(
            try spec("spring-0002.json")
                == Spec(topic: "Ants", id: "own", pipeline: "copy", labels: ["batch": "spring"]))
    }

    /// Without a name it is that of the file and the moment.
    @Test func hasANameOfItsOwn() async throws {
        let path = try write("Frühling 2026.csv", "topic\nBees\n")
        let result = try await house.runReelctl("submit", "--batch", path)
        #expect(result.ending == .exited(0))
        let name = try #require(house.names(in: "inbox").first)
        #expect(name.hasPrefix("frühling-2026-2") && name.hasSuffix("-0001.json"))
        #expect(result.text.contains("batch \(name.dropLast("-0001.json".count)): 1 jobs"))
    }

    private static let wrong =
        [
            (
                "a.csv", "topic,duration\nBees,30\nAnts,ten\nWasps,\nFlies,1\n",
                [
                    "line 3, column 6, $.duration: must be a number",
                    "line 5, column 7, $.duration: must",
                    "nothing submitted: 2 of 4 are wrong",
                ]
            ),
            (
                "b.csv", "topic,topic\nBees,x\n",
                ["line 1, column 7, $: the column 'topic' is there twice"]
            ),
            ("c.csv", "topic,voice\nBees\n", ["line 2, column 1, $: the row has 1 cells"]),
            ("d.csv", "topic\n\"Bees\nAnts\n", ["line 2, column 1, $: the quote is not closed"]),
            (
                "e.csv", "topic,id\nBees,x\nAnts,x\n",
                ["line 3, column 6, $.id: row 1 has the same id"]
            ),
            (
                "f.csv", "topic,labels.batch\nBees,x\n",
                ["the label 'batch' is for the batch's own name"]
            ),
            ("g.csv", "", ["there is no job spec in it"]),
            (
                "h.jsonl", "{\"topic\": \"Bees\"}\n{\"topic\": 7}\n{\n",
                [
                    "line 2, column 11, $.topic: must be a string", "line 3, column 2, $: ",
                    "nothing submitted: 2 of 3 are wrong",
                ]
            ),
            (
                "i.json", "[\n{\"topic\": \"Bees\"},\n{\"topik\": 7}]",
                ["line 3, column 2, $.topik: unknown"]
            ),
            ("j.json", "{\"topic\": \"Bees\"}", ["expected an array of job specs"]),
            ("k.txt", "topic\nBees\n", ["Let it end in .csv, .jsonl or .json"]),
        ] as [(String, String, [String])]

    @Test(arguments: wrong)
    func ifOneIsWrongNoneIsSubmitted(
        _ file: String, _ text: String, _ said: [String]
    ) async throws {
        let result = try await house.runReelctl("submit", "--batch", try write(file, text))
        #expect(result.ending == .exited(65), "\(result.text)")
        for words in said { #expect(result.text.contains(words), "\(result.text)") }
        #expect(names(in: "\(house.root)/inbox").isEmpty)
    }

    @Test func atMostTwentyAreShown() async throws {
        let rows = (1...30).map { "T\($0),x\n" }.joined()
        let result = try await house.runReelctl(
            "submit", "--batch", try write("a.csv", "topic,duration\n" + rows))
        let lines = result.text.split(separator: "\n")
        #expect(lines.count == 22 && lines[20] == "and 10 more", "\(result.text)")
        #expect(lines[21] == "nothing submitted: 30 of 30 are wrong")
    }

    /// Killed halfway, and submitted again: the daemon makes each job once.
    @Test func whatWasInterruptedGoesOnWithoutDoubles() async throws {
        let count = 600
        let rows = (1...count).map { "Bees \($0),copy\n" }.joined()
        let path = try write("a.csv", "topic,pipeline\n" + rows)
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let first = try RunningDaemon(
            [
                String(program), "--config", house.configurationPath, "--root", house.root,
                "submit", "--batch", path, "--name", "spring",
            ], log: "\(house.path)/said", output: "\(house.path)/printed")
        try await house.eventually("some are there") { !house.names(in: "inbox").isEmpty }
        first.send(SIGKILL)
        _ = try await first.exit()
        let before = house.names(in: "inbox").count
        _ = try await house.start()
        try await house.eventually("some are done") { house.jobs(in: "done").count >= 5 }

        let second = try await house.runReelctl("submit", "--batch", path, "--name", "spring")
        #expect(second.ending == .exited(0), "\(second.text)")
        // As many as were there then, of which a few may be between two directories just now.
        let known = second.text.contains("were there already")
        #expect(known && before > 0, "\(second.text.suffix(300))")
        try await house.eventually("all are done") {
            house.names(in: "inbox").isEmpty && house.names(in: "active").isEmpty
                && house.jobs(in: "done").count >= count
        }
        let topics = try house.jobs(in: "done").map { try spec($0, in: "done").topic }
        #expect(topics.count == count && Set(topics).count == count)
        let refused = try house.jobs(in: "rejected").map {
            try house.receipt(of: $0, in: "rejected").error?.code
        }
        #expect(refused.allSatisfy { $0 == "duplicate" }, "\(refused)")
        // What the killed one had begun is gone.
        #expect(names(in: "\(house.root)/inbox").isEmpty)
    }

    @Test func theSameAgainSubmitsNothing() async throws {
        let path = try write("a.csv", "topic,pipeline\nBees,copy\nAnts,copy\n")
        _ = try await house.start()
        for said in ["2 submitted\n", "0 submitted, 2 were there already\n"] {
            let result = try await house.runReelctl("submit", "--batch", path, "--name", "spring")
            #expect(result.ending == .exited(0) && result.text.hasSuffix(said), "\(result.text)")
            try await house.ended("spring-0001.json")
            try await house.ended("spring-0002.json")
        }
        #expect(house.jobs(in: "rejected").isEmpty)
    }

    @Test(arguments: ["a/b", ".a", "-a", "a\nb", String(repeating: "x", count: 65)])
    func aNameIsAFilesName(_ name: String) async throws {
        let path = try write("a.csv", "topic\nBees\n")
        let result = try await house.runReelctl("submit", "--batch", path, "--name", name)
        #expect(result.ending == .exited(64), "\(result.text)")
        #expect(house.names(in: "inbox").isEmpty)
    }
}

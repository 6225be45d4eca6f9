import Core
import FoundationEssentials
import Testing

@testable import Video

/// Job specs as rows.
@Suite struct SpecSheetTests {
    private func cells(_ texts: [String], line: Int = 1) -> [CSVReader.Cell] {
        texts.enumerated().map {
            CSVReader.Cell($1, at: JSONPosition(line: line, column: $0 * 10 + 1))
        }
    }

    private func brief(_ heads: [String], _ row: [String]) throws(JSONError) -> Brief {
        try Brief(SpecSheet(heads: cells(heads)).spec(cells(row, line: 2)))
    }

    private func fault(_ heads: [String], _ row: [String]) -> JSONError? {
        do throws(JSONError) { _ = try brief(heads, row) } catch { return error }
        return nil
    }

    /// What a job spec can have, a column can.
    @Test func everyFieldIsAColumn() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let schema = try JSONNode(
            parsing: Array(Data(contentsOf: URL(filePath: "/\(root)/Config/job.schema.json"))))
        guard case .object(let members) = schema.value,
            case .object(let properties) = members.first(where: { $0.key == "properties" })?.node
                .value
        else { return #expect(Bool(false), "the schema has no properties") }
        #expect(
            Set(SpecSheet.fields + ["labels", "providers"])
                == Set(properties.map(\.key) + ["scenes"]))
    }

    @Test func aRowIsASpec() throws {
        let brief = try brief(
            [
                "topic", "duration", "priority", "labels.a b", "images", "scenes", "voice",
                "labels.c",
            ],
            [
                "12", "12.5", "-3", "x", "/a/b.png | /c,d.png", "One.\n---\nTwo | too.\n --- \n",
                "", "",
            ])
        #expect(brief.topic == "12" && brief.duration == 12.5 && brief.priority == -3)
        #expect(brief.labels == ["a b": "x"] && brief.images == ["/a/b.png", "/c,d.png"])
        #expect(
            brief.script == .scenes([.init(narration: "One."), .init(narration: "Two | too.")]))
        #expect(brief.voice == nil)
        let bars = try self.brief(["scenes", "topic"], ["One. |Two.|", "T"])
        #expect(bars.script == .scenes([.init(narration: "One."), .init(narration: "Two.")]))
    }

    @Test func faultsAreInTheirCells() throws {
        let number = try #require(fault(["topic", "duration"], ["T", "ten"]))
        #expect(number.description.hasPrefix("line 2, column 11, $.duration: must be a number"))
        let scene = try #require(
            fault(["topic", "scenes"], ["T", "a|" + String(repeating: "x", count: 2001)]))
        #expect(scene.description.hasPrefix("line 2, column 11, $.script[1]: must have 1 to 2000"))
        let topic = try #require(fault(["topic", "voice"], ["", "slt"]))
        #expect(topic.description.hasPrefix("line 2, column 1, $: the field 'topic' is missing"))
    }

    @Test(arguments: [
        (["voice"], ["slt"], "the column 'topic' is missing"),
        (["topic", "topic"], ["a", "b"], "the column 'topic' is there twice"),
        (["topic", "voise"], ["a", "b"], "is called 'voise' (did you mean 'voice'?)"),
        (["topic", "labels"], ["a", "b"], "is called 'labels'"),
        (["topic", "labels."], ["a", "b"], "is called 'labels.'"),
        (["topic", ""], ["a", "b"], "is called ''"),
        (["topic", "voice"], ["a"], "the row has 1 cells, and the first row has 2"),
        (["topic"], ["a", "b"], "the row has 2 cells"),
        (["topic", "script", "scenes"], ["a", "b", "c"], "script and scenes are both given"),
    ])
    func refuses(_ heads: [String], _ row: [String], _ reason: String) throws {
        let error = try #require(fault(heads, row))
        #expect(error.reason.contains(reason), "\(error)")
    }
}

import Core
import Testing

/// Comma-separated values, in whatever pieces they come.
@Suite struct CSVReaderTests {
    /// The records, and what is wrong in the end.
    private func read(
        _ bytes: [UInt8], pieces: Int = 7, limit: Int = 1000
    ) throws -> (records: [[String]], positions: [[String]], fault: String?) {
        var rest = bytes[...]
        var reader = CSVReader(
            TextSource { () throws(Failure) -> [UInt8] in
                defer { rest = rest.dropFirst(pieces) }
                return Array(rest.prefix(pieces))
            }, limit: limit)
        var (records, positions, fault): ([[String]], [[String]], String?) = ([], [], nil)
        while let result = try reader.next() {
            switch result {
            case .success(let cells):
                records.append(cells.map(\.text))
                positions.append(cells.map { "\($0.position.line):\($0.position.column)" })
            case .failure(let error): fault = error.description
            }
        }
        return (records, positions, fault)
    }

    private static let good: [(String, [[String]])] = [
        ("", []), ("a", [["a"]]), ("a,b\n", [["a", "b"]]),
        ("a,b\r\nc,d", [["a", "b"], ["c", "d"]]),
        ("a\rb\r", [["a"], ["b"]]), ("\u{FEFF}a,b\n", [["a", "b"]]),
        ("a,\n,b\n", [["a", ""], ["", "b"]]),
        ("\n\r\na\n\n\n", [["a"]]), (",,\na,b,c\n,,\r\n", [["a", "b", "c"]]),
        (#""a,b","c""d""#, [["a,b", "c\"d"]]), ("\"a\r\nb\rc\nd\",e\n", [["a\nb\nc\nd", "e"]]),
        ("\"\",x\n\"\"\n", [["", "x"]]), ("é 𝄞,\u{FEFF}\n", [["é 𝄞", "\u{FEFF}"]]),
        ("\"\u{FEFF}\"", [["\u{FEFF}"]]),
    ]

    @Test(arguments: good, [1, 2, 3, 1000])
    func reads(_ example: (text: String, records: [[String]]), _ pieces: Int) throws {
        let (records, _, fault) = try read(Array(example.text.utf8), pieces: pieces)
        #expect(records == example.records && fault == nil)
    }

    @Test func knowsWhereEachCellIs() throws {
        let (_, positions, _) = try read(Array("é𝄞,b\r\n\"x\r\ny\",\"z\"\n\nlast,\n".utf8))
        #expect(positions == [["1:1", "1:4"], ["2:1", "3:4"], ["5:1", "5:6"]])
    }

    @Test(arguments: [
        ("a,b\nc,\"d\ne\n", "line 2, column 3, $: the quote is not closed"),
        ("a\nb\"c\n", "line 2, column 2, $: a quote in a cell that does not begin with one"),
        ("\"a\"b\n", "line 1, column 4, $: expected ',' or the end of the line"),
        ("a,\"\n", "line 1, column 3, $: the quote is not closed"),
        (String(repeating: "x", count: 1001), "longer than 1000 bytes"),
        ("\"" + String(repeating: "x", count: 1001) + "\"", "longer than 1000 bytes"),
    ])
    func refuses(_ text: String, _ reason: String) throws {
        let fault = try #require(try read(Array(text.utf8)).fault)
        #expect(fault.contains(reason), "\(fault)")
    }

    @Test func refusesWhatIsNotUTF8() throws {
        let (records, _, fault) = try read([0x61, 0x0A, 0x62, 0x2C, 0xFF, 0x0A, 0x63])
        #expect(records == [["a"]])
        #expect(fault == "line 2, column 3, $: not UTF-8")
    }
}

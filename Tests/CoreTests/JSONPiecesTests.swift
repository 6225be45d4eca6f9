import Core
import Testing

/// JSON Lines and arrays, in whatever pieces they come.
@Suite struct JSONPiecesTests {
    /// The texts of the values with their lines, and what is wrong.
    private func read(
        _ text: String, _ form: JSONPieces.Form, pieces: Int = 3, limit: Int = 100
    ) throws -> (values: [String], faults: [String]) {
        var rest = Array(text.utf8)[...]
        var reader = JSONPieces(
            TextSource { () throws(Failure) -> [UInt8] in
                defer { rest = rest.dropFirst(pieces) }
                return Array(rest.prefix(pieces))
            }, form, limit: limit)
        var (values, faults): ([String], [String]) = ([], [])
        while let result = try reader.next() {
            switch result {
            case .success(let node):
                values.append("\(node.position.line):\(node.position.column) \(node.value.summary)")
            case .failure(let error): faults.append(error.description)
            }
        }
        return (values, faults)
    }

    @Test(arguments: [1, 2, 1000]) func readsLines(_ pieces: Int) throws {
        let (values, faults) = try read(
            "1\r\n\n  \"a\\\"\"\n{\"a\": [1]}", .lines, pieces: pieces)
        #expect(values == ["1:1 1", "3:3 \"a\"\"", "4:1 an object"] && faults.isEmpty)
    }

    @Test func aBadLineIsOne() throws {
        let (values, faults) = try read("1\n{\"a\": }\n2\n", .lines)
        #expect(values == ["1:1 1", "3:1 2"])
        #expect(faults == ["line 2, column 7, $.a: expected a value, not '}'"])
    }

    @Test(arguments: [1, 2, 1000]) func readsArrays(_ pieces: Int) throws {
        let (values, faults) = try read(
            " [1,\n\"a],\\\"\", {\"b\": [1, {}]}\n , 4 ] \n", .array, pieces: pieces)
        #expect(
            values == ["1:3 1", "2:1 \"a],\"\"", "2:10 an object", "3:4 4"] && faults.isEmpty)
        #expect(try read("[ ]", .array).values.isEmpty)
    }

    @Test(arguments: [
        ("", "expected an array"), ("{}", "expected an array"), ("[1", "ends within the array"),
        ("[1, \"]", "ends within the array"), ("[1] 2", "after the end of the array"),
        ("[] x", "after the end of the array"), ("[1,]", "column 4"), ("[1 2]", "column 4"),
        ("[" + String(repeating: "1", count: 101) + "]", "more than 100 bytes"),
    ])
    func refuses(_ text: String, _ reason: String) throws {
        let faults = try read(text, .array).faults
        #expect(faults.count == 1 && faults.first?.contains(reason) == true, "\(faults)")
    }
}

import Core
import Testing

@Suite struct JSONTextTests {
    private func node(_ text: String) throws -> JSONNode { try JSONNode(parsing: Array(text.utf8)) }

    /// Positions left out.
    private func same(_ a: JSONNode, _ b: JSONNode) -> Bool {
        let start = JSONPosition(line: 1, column: 1)
        return a.moved(to: start) == b.moved(to: start)
    }

    @Test(arguments: [
        "null", "[]", "{}", "[true, false, [], {}]", "12.5", "-0.0", "1e300", "5e-324",
        "9007199254740993",
        #""a\"b\\c\/\n\t\r\u0000\u001f\u007fé𝄞\u2028""#,
        #"{"a b": {"c": [1, {"d": null}]}, "": 2}"#,
    ])
    func isReadAsTheSame(_ text: String) throws {
        let value = try node(text)
        #expect(same(try JSONNode(parsing: value.text), value))
    }

    @Test(arguments: [
        (#"{"a": 1, "b": 2}"#, ["a"], #"{"b": 2}"#),
        (#"{"a": {"x": 1, "y": 2}}"#, ["a", "x"], #"{"a": {"y": 2}}"#),
        (#"{"a": [1, 2], "b": 3}"#, ["a", "x"], #"{"b": 3}"#),
    ])
    func loses(_ text: String, _ path: [String], _ rest: String) throws {
        let path = path.reduce(JSONPath.root) { $0.appending($1) }
        let smaller = try #require(try node(text).removing(path))
        #expect(same(smaller, try node(rest)))
        #expect(smaller.removing(JSONPath.root.appending("none")) == nil)
    }
}

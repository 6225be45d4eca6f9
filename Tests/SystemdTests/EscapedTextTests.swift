import Systemd
import Testing

@Suite struct EscapedTextTests {
    @Test(arguments: [
        ("", ""), ("plain, with ünïcödé 🎬", "plain, with ünïcödé 🎬"),
        ("two\nlines", "two\\nlines"), ("a\r\nb", "a\\r\\nb"), ("a\tb", "a\\tb"),
        ("\u{1b}[31mred", "\\u{1b}[31mred"), ("nul\0", "nul\\u{0}"), ("\u{7f}", "\\u{7f}"),
        ("c1 \u{9b}2J", "c1 \\u{9b}2J"), ("back\\n", "back\\n"),
        ("gpj.\u{202e}nosj", "gpj.\\u{202e}nosj"), ("a\u{2028}b", "a\\u{2028}b"),
    ])
    func leavesOneHarmlessLine(_ text: String, _ escaped: String) {
        #expect(text.escapingControls == escaped)
    }

    @Test(arguments: [
        ("2 running, 1 waiting", "2 running, 1 waiting"), ("two\nlines", "two lines"),
        ("a\r\n\tb", "a   b"), ("\u{1b}[31mred", " [31mred"), ("back\\n", "back\\n"),
    ])
    func leavesOneLineWithoutEscapes(_ text: String, _ line: String) {
        #expect(text.withoutControls == line)
    }
}

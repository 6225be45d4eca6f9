import Core
import Pipeline
import Testing

@testable import Video

/// Text that looks like something else, through everything that draws it or writes it down.
@Suite struct HostileTextTests {
    static let texts: [String] = [
        "{\\pos(0,0)}Top {\\an7\\fs500}huge {\\alpha&HFF&}gone {\\r}{\\t(0,9,\\fscx900)}",
        "Draw {\\p1}m 0 0 l 1080 0 1080 1920 0 1920{\\p0} it {\\clip(0,0,1,1)}",
        "Line\\Nbreaks\\n\\h\\h and \\{braces\\} \\\\ {} }{ }} {{",
        "Dialogue: 9,0:00:00.00,9:59:59.99,Caption,,0,0,0,,{\\an7}Forged\n[Events]\nStyle: x",
        "1\n00:00:00,000 --> 00:00:09,000\nForged\n\n2\n00:00:01,000 --> 00:00:02,000",
        "WEBVTT\n\nNOTE x\n\nSTYLE\n::cue{color:red}\n\n00:00.000 --> 00:09.000 line:0\n<v Bob>Hi</v>",
        "[in]drawtext=text='%{pts}':textfile=/etc/passwd[out];nullsink,;movie=x",
        "%{eif\\:1\\:d} %s %n $(id) `id` ${HOME} \"quoted\" 'single' a\\'b",
        "<font color=red size=99><b><i>Tagged</i></b></font> &lt;x&gt; &amp; <script>",
        String(repeating: "W", count: 400),
        "Pneumonoultramicroscopicsilicovolcanoconiosis " + String(repeating: "i", count: 90),
        "Emoji 🐝👩‍👩‍👧‍👦🇩🇪 between 1️⃣ words 👍🏽",
        "Hidden \u{202E}reversed\u{202C} \u{200B}\u{FEFF}\u{2066}isolated\u{2069} \u{E0041}tags",
        "Z̷̡̛̪̖̗͇̩͈͊̏̈́͌̀͝a̴̧̢̨̛̫̰͙͍̓̂l̶̡̮̝̘̭̈́̐̄̚ģ̸̛̪̭̤͈̀̈́̿o̵̢͇̫͂́̒͠ comes",
        "Tab\tand\nnewline",
    ]

    private func timeline(_ text: String) throws -> Timeline {
        let words = PlainText.clean(text)
        return try Timeline(
            speech: [.init(start: 0, end: 9)], narrations: [words], duration: 10, fastest: 1)
    }

    /// What libass draws stays where captions belong, and is there.
    @Test(arguments: texts, [CaptionStyle.karaoke, .line])
    func isDrawnAsCaptions(_ text: String, _ style: CaptionStyle) async throws {
        var brief = Brief(topic: "x")
        brief.captionStyle = style
        let canvas = Canvas(.tiktok)
        let document = CaptionArt.document(
            try timeline(text).scenes[0], brief: brief, canvas: canvas)
        let lines = String(decoding: document, as: UTF8.self).split(separator: "\n")
        let head = try #require(lines.lastIndex { $0.hasPrefix("Format:") })
        #expect(lines[(head + 1)...].allSatisfy { $0.hasPrefix("Dialogue: 2,") })
        let box = try #require(try await CaptionPictureTests.box(document, canvas))
        #expect(box.left >= canvas.covered.left)
        #expect(box.right <= canvas.video.width - canvas.covered.right)
        #expect(box.top >= 1180 && box.bottom <= canvas.video.height - canvas.covered.bottom)
    }

    /// What another program reads of the files is as many cues as were written, and their text.
    @Test(arguments: texts) func isPlainTextInCaptionFiles(_ text: String) async throws {
        let cues = CaptionFile.cues(try timeline(text))
        let trial = Trial()
        let folder = Folder(path: trial.path("work"))
        try folder.write(Array(CaptionFile.subRip(cues).utf8), to: "a.srt")
        try folder.write(Array(CaptionFile.webVTT(cues).utf8), to: "a.vtt")
        for file in ["a.srt", "a.vtt"] {
            try await folder.run(
                ToolInvocation(
                    "ffprobe",
                    ["-v", "error", "-show_entries", "packet=pts_time", "-of", "csv=p=0", file],
                    standardOutput: .file("\(file).txt")))
            let found = String(
                decoding: try folder.read("\(file).txt", limit: 1 << 20), as: UTF8.self
            ).split(separator: "\n").compactMap { Double($0) }
            #expect(found.count == cues.count, "\(file)")
            for (one, cue) in zip(found, cues) { #expect(abs(one - cue.start) < 0.002) }
        }
    }

    /// Too little and too much to say is said before anything is made.
    @Test func isRefusedWhenItCannotBeSpoken() throws {
        var brief = Brief(topic: "x")
        brief.duration = 15
        brief.script = .text(String(repeating: "ten thousand words ", count: 1000))
        let failure = #expect(throws: Failure.self) {
            try ScriptWriter.write(brief, VideoSettings())
        }
        #expect(failure?.code == "script_too_long")
        for text in ["— … !!!", "🐝🐝", "{}[]<>"] {
            brief.script = .text(text)
            let failure = #expect(throws: Failure.self) {
                try ScriptWriter.write(brief, VideoSettings())
            }
            #expect(failure?.code == "nothing_to_say")
        }
    }
}

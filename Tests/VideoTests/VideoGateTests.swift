import Core
import Glibc
import Pipeline
import TestSupport
import Testing

@testable import Video

/// Files made to break the gate, one for each check; and one that is as it has to be.
@Suite struct VideoGateTests {
    private static let size = PixelSize(width: 144, height: 256)
    private static let tags = [
        "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range",
        "tv",
    ]
    private static let sound = ["-c:a", "aac", "-ac", "2", "-ar", "48000"]

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// What happens to the picture before it is encoded.
        var filter = "null"
        /// What is said to the encoder and the muxer.
        var arguments = tags + sound + ["-movflags", "+faststart"]
        /// What the gate says; nil for nothing.
        let fault: String?

        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "as it has to be", fault: nil),
        Case(
            name: "times that vary", filter: "settb=1/600,setpts='N*20+8*eq(N,45)'",
            arguments: tags + sound
                + ["-movflags", "+faststart", "-vsync", "passthrough", "-enc_time_base", "1/600"],
            fault: "frame 46 is shown at 1.51"),
        Case(name: "another rate", filter: "fps=25", fault: "frame rate is 25/1"),
        Case(name: "a frame too few", filter: "trim=end_frame=89", fault: "89 frames, not 90"),
        Case(name: "a frame too many", filter: "tpad=stop=1:stop_mode=clone", fault: "91 frames"),
        Case(name: "another size", filter: "scale=146:256,setsar=1", fault: "146x256, not 144x256"),
        Case(name: "pixels that are not square", filter: "setsar=4/3", fault: "the shape 4:3"),
        Case(
            name: "no colour tags", arguments: sound + ["-movflags", "+faststart"],
            fault: "not bt709"),
        Case(
            name: "full range", filter: "scale=out_range=pc,format=yuvj420p",
            arguments: tags.dropLast() + ["pc"] + sound + ["-movflags", "+faststart"],
            fault: "not yuv420p"),
        Case(
            name: "more colour than players take", filter: "format=yuv444p", fault: "not yuv420p"),
        Case(name: "the index last", arguments: tags + sound, fault: "its index"),
        Case(
            name: "no sound", arguments: tags + ["-an", "-movflags", "+faststart"],
            fault: "0 audio"),
        Case(
            name: "sound in mono",
            arguments: tags + ["-c:a", "aac", "-ac", "1", "-movflags", "+faststart"],
            fault: "its sound"),
        Case(
            name: "another codec",
            arguments: tags + sound + ["-c:v", "mpeg4", "-movflags", "+faststart"],
            fault: "not h264"),
        Case(
            name: "a black stretch",
            filter: "drawbox=t=fill:color=black:enable='between(n,30,44)'", fault: "it is black for"
        ),
        Case(
            name: "a black end", filter: "drawbox=t=fill:color=black:enable='gte(n,78)'",
            fault: "it is black for"),
        Case(
            name: "a frozen stretch",
            filter: "loop=loop=60:size=1:start=20,setpts=N,trim=end_frame=90",
            fault: "stands still"),
        Case(
            name: "longer sound",
            arguments: tags + sound + ["-af", "apad=pad_dur=1", "-movflags", "+faststart"],
            fault: "it lasts 4"),
    ]

    @Test(arguments: cases) func looksAtTheFile(_ trial: Case) async throws {
        let said = try await Self.verdict(on: trial)
        if let fault = trial.fault {
            #expect(said?.contains(fault) == true, "it said: \(said ?? "nothing")")
        } else {
            #expect(said == nil)
        }
    }

    /// Makes the file and has it looked at.
    private static func verdict(on trial: Case) async throws -> String? {
        let directory = TemporaryDirectory()
        let work = Folder(path: directory.path)
        let source = "testsrc2=s=144x256:r=30:d=3"
        try await work.run(
            ToolInvocation(
                "ffmpeg",
                FFmpeg.quiet + ["-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=d=3"]
                    + ["-vf", "setsar=1,format=yuv420p,\(trial.filter)", "-c:v", "libx264"]
                    + ["-preset", "ultrafast", "-bf", "2"] + trial.arguments + ["file:video.mp4"]))
        let gate = VideoGate(size: size, frames: 90)
        for tool in gate.tools("video.mp4", VideoSettings()) { try await work.run(tool) }
        do throws(Failure) { try gate.verify("video.mp4", work) } catch {
            #expect(error.kind == .permanent && error.code == "bad_video")
            return error.cause
        }
        return nil
    }

    @Test func sumsUpStretches() {
        let gate = VideoGate(size: Self.size, frames: 90)
        func fault(_ text: String) -> String? { gate.stretchFault(Array(text.utf8)) }
        #expect(fault("") == nil)
        #expect(fault("frame:3\nlavfi.black_start=1\nlavfi.black_end=1.2\n") == nil)
        #expect(
            fault("lavfi.black_start=1\nlavfi.black_end=1.3\n")
                == "it is black for 0.30 s from 1 s on")
        #expect(fault("lavfi.black_start=2.9\n") == nil)
        #expect(fault("lavfi.black_start=2.5\n") == "it is black for 0.50 s from 2.50 s on")
        #expect(fault("lavfi.freezedetect.freeze_start=1.5\n")?.contains("from 1.50 s on") == true)
        #expect(fault("a=b=c\nlavfi.black_start=x\n=\n") == nil)
    }

    /// Captions as they are on every platform, and the same drawn at a wrong place.
    @Test(arguments: Platform.allCases)
    func looksWhereCaptionsAre(_ platform: Platform) async throws {
        let words = "Extraordinarily longwinded responsibilities, a word, and another one."
        var brief = Brief(topic: "x")
        brief.platform = platform
        let canvas = Canvas(brief)
        let timeline = try Timeline(
            speech: [.init(start: 0, end: 4), .init(start: 0, end: 3)], narrations: [words, words],
            duration: 9, fastest: 1.15)
        func fault(_ document: [UInt8]) async throws -> String? {
            let directory = TemporaryDirectory()
            let work = Folder(path: directory.path)
            try work.write(document, to: "captions.ass")
            try await work.run(CaptionCheck.tool(timeline, canvas, VideoSettings()))
            let boxes = try work.read("boxes.txt", limit: 1 << 20)
            #expect(boxes.count > 1000)
            return CaptionCheck.fault(boxes, canvas)
        }
        let document = CaptionCheck.document(timeline, brief, canvas)
        let text = String(decoding: document, as: UTF8.self)
        #expect(text.matches(of: /Dialogue:/).count >= 16)
        #expect(text.contains(",0:00:0\(timeline.scenes[1].firstFrame > 150 ? 5 : 4)."))
        #expect(try await fault(document) == nil)
        let (x, y) = canvas.captionCentre
        for (place, side) in [
            ("\(x),\(canvas.video.height - 10)", "bottom"), ("\(x),5", "top"), ("0,\(y)", "left"),
            ("\(canvas.video.width),\(y)", "right"),
        ] {
            let moved = text.replacing("\\pos(\(x),\(y))", with: "\\pos(\(place))")
            #expect(
                try await fault(Array(moved.utf8))?.hasSuffix("at the \(side)") == true, "\(side)")
        }
    }

    @Test func posterHasMostToSee() {
        let flat = [UInt8](repeating: 90, count: 400)
        let soft = (0..<400).map { UInt8($0 % 20 * 6) }
        let sharp = (0..<400).map { UInt8($0 % 4 < 2 ? 20 : 220) }
        #expect(Poster.score(flat, width: 20) == 0)
        #expect(Poster.score(soft, width: 20) > 0)
        #expect(Poster.score(sharp, width: 20) > Poster.score(soft, width: 20))
        #expect(Poster.score([], width: 20) == 0)
        #expect(Poster.score([1], width: 0) == 0)
    }

    @Test func saysThatAPlatformTakesNoSuchLength() throws {
        var brief = Brief(topic: "x")
        brief.platform = .facebook
        let timeline = try Timeline(
            speech: [.init(start: 0, end: 1)], narrations: ["a"], duration: 91, fastest: 1.15)
        #expect(
            FinalCut.lengthRemark(timeline, brief)
                == "The video is 91 s long, and facebook takes 3 to 90 s.")
        brief.platform = .youtubeShorts
        #expect(FinalCut.lengthRemark(timeline, brief) == nil)
    }
}

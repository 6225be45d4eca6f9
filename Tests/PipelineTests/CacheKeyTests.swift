import Core
import Testing

@testable import Pipeline

@Suite struct CacheKeyTests {
    private static let session = "/root/outputs/session_x"

    private static var production: Production {
        var production = Production(
            files: ["captions.ass": [1, 2]],
            tools: [
                ToolInvocation(
                    "ffmpeg", ["-i", "file:\(session)/images/scene_01.png", "out.mp4"],
                    standardInput: [7], environment: ["A": "\(session)/images/scene_01.png"])
            ], outputs: .files([.init("out.mp4", as: "video_clips/clip_01.mp4")]))
        production.reuse = .whenSame
        return production
    }

    private static let machine: [MachinePart] = [
        .ourselves, .program("ffmpeg"), .files(name: "fonts", paths: ["/fonts"]),
    ]

    private static let inputs = [
        CacheKey.Input(path: "\(session)/images/scene_01.png", sha256: "aa"),
        CacheKey.Input(path: "\(session)/images/scene_01.png.txt", sha256: "bb"),
    ]

    private func key(
        _ production: Production = production, session: String = session,
        inputs: [CacheKey.Input] = inputs, machine: [MachinePart] = machine,
        versions: [String: String] = ["ffmpeg": "1", "fonts": "2", "reeld": "3"],
        externals: [String] = ["cc"], environment: [String: String] = [:]
    ) -> CacheKey? {
        CacheKey(
            production, session: session, inputs: inputs, machine: machine, versions: versions,
            externals: externals, environment: environment)
    }

    @Test func whereThingsAreDoesNotCount() throws {
        let first = try #require(key())
        #expect(first.text.count == 64)
        var moved = Self.production
        moved.tools[0].arguments[1] = "file:/other/session_y/images/scene_07.png"
        moved.tools[0].environment["A"] = "/other/session_y/images/scene_07.png"
        moved.outputs = .files([.init("out.mp4", as: "video_clips/clip_07.mp4")])
        let inputs = [
            CacheKey.Input(path: "/other/session_y/images/scene_07.png", sha256: "aa"),
            CacheKey.Input(path: "/other/session_y/b", sha256: "bb"),
        ]
        #expect(key(moved, session: "/other/session_y", inputs: inputs) == first)
    }

    @Test func whatIsSetForAllToolsCounts() {
        let set = key(environment: ["A": "b"])
        #expect(set != nil && set != key() && set != key(environment: ["A": "c"]))
    }

    @Test(
        arguments: [
            { $0.files["captions.ass"] = [1, 3] }, { $0.files["more"] = [] },
            { $0.files = ["captions.as": [1, 2]] },
            { $0.tools[0].arguments[2] = "o.mp4" },
            { $0.tools[0].arguments += [""] }, { $0.tools[0].standardInput = [] },
            { $0.tools[0].standardOutput = .file("x") }, { $0.tools[0].environment["B"] = "" },
            { $0.tools += $0.tools },
            { $0.outputs = .files([.init("a.mp4", as: "video_clips/clip_01.mp4")]) },
        ] as [@Sendable (inout Production) -> Void])
    func whatDecidesCounts(_ change: @Sendable (inout Production) -> Void) throws {
        var other = Self.production
        change(&other)
        let changed = key(other)
        #expect(changed != nil && changed != key())
    }

    @Test func inputsAndVersionsCount() throws {
        var inputs = Self.inputs
        inputs[1].sha256 = "ab"
        for other in [
            key(inputs: inputs), key(externals: ["cd"]), key(externals: ["cc", "cc"]),
            key(versions: ["ffmpeg": "2", "fonts": "2"]),
            key(versions: ["ffmpeg": "1", "fonts": "3"]),
        ] { #expect(other != nil && other != key()) }
        // What this program decides is in the rest.
        #expect(key(versions: ["ffmpeg": "1", "fonts": "2", "reeld": "4"]) == key())
    }

    @Test func whatIsNotAllKnownIsNotReused() {
        var other = Self.production
        other.reuse = .never
        #expect(key(other) == nil)
        other = Self.production
        other.outputs = .everythingForPublication
        #expect(key(other) == nil)
        #expect(key(versions: ["ffmpeg": "1"]) == nil, "nobody knows which fonts there are")
        other = Self.production
        other.tools[0].program = "ffprobe"
        #expect(key(other) == nil, "the provider does not say that it uses it")
        // The session's path is left in something.
        other = Self.production
        other.tools[0].arguments += ["\(Self.session)/audio/else.wav"]
        #expect(key(other) == nil)
        other = Self.production
        other.files["list"] = Array("file '\(Self.session)/a'".utf8)
        #expect(key(other) == nil)
    }
}

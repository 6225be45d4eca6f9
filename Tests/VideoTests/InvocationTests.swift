import Core
import Motion
import Pipeline
import Testing

@testable import Video

/// What the steps would run, without running it.
@Suite struct InvocationTests {
    private var hostile: Brief {
        var brief = Brief(topic: "ZQX';drawtext=text=ZQX[v],{\\p1}ZQX\nZQX $(ZQX) `ZQX`")
        brief.category = "ZQX:ZQX"
        brief.keyPoints = ["ZQX -i /etc/ZQX", "%{ZQX} [[ZQX]]"]
        brief.hook = "ZQX!"
        brief.labels = ["ZQX": "ZQX"]
        return brief
    }

    /// A session in which everything before the clips is done.
    private func session(_ brief: Brief) throws -> (MemorySession, [Step]) {
        var session = MemorySession()
        let pipeline = VideoPipeline.definition(brief: brief, settings: VideoSettings())
        let first = try pipeline.steps(session, [])
        #expect(first.map(\.name) == ["draft", "script"])
        for step in first { keep(try step.providers[0].produce(session), in: &session) }
        let steps = try pipeline.steps(session, ["draft", "script"])
        for step in steps where step.name.hasPrefix("narration") {
            let place = "audio/scene_" + step.name.suffix(2) + ".wav"
            session.files[place] = wave([(0.1, 0), (1.5, 9000), (0.2, 0)])
            session.files["audio/words_" + step.name.suffix(2) + ".txt"] = []
        }
        let timeline = try #require(steps.first { $0.name == "timeline" })
        keep(try timeline.providers[0].produce(session), in: &session)
        for place in [Sound.loudnessPlace, Sound.levelLoudnessPlace] {
            session.files[place] = Array("lavfi.r128.I=-20.0\n".utf8)
        }
        return (session, steps)
    }

    private func keep(_ production: Production, in session: inout MemorySession) {
        guard case .files(let outputs) = production.outputs else { return }
        for output in outputs { session.files[output.place] = production.files[output.file] }
    }

    @Test func carryNothingOfTheJob() throws {
        let (session, steps) = try session(hostile)
        for step in steps {
            #expect(
                step.name.utf8.allSatisfy {
                    "abcdefghijklmnopqrstuvwxyz0123456789-".utf8.contains($0)
                })
            for provider in step.providers {
                let production = try provider.produce(session)
                for tool in production.tools {
                    let all = [tool.program] + tool.arguments + tool.environment.values
                    #expect(!all.joined(separator: " ").contains("ZQX"), "\(step.name)")
                    // The session's path stands in a quoted list or as an argument of its own, never in
                    // a filter graph.
                    #expect(
                        !tool.arguments.contains {
                            $0.contains("/sessions/") && !$0.hasPrefix("file:/")
                                && !$0.hasPrefix("/sessions/")
                        })
                }
                #expect(
                    production.files.keys.allSatisfy { !$0.contains("/") && !$0.contains("ZQX") })
            }
        }
    }

    /// What is upgraded is noticed only of what the provider names.
    @Test func useNothingThatTheirProvidersDoNotName() throws {
        let (session, steps) = try session(hostile)
        for step in steps {
            for provider in step.providers {
                let machine = try #require(provider.machine, "\(step.name) \(provider.name)")
                #expect(machine.contains(.ourselves), "\(step.name) \(provider.name)")
                let production = try provider.produce(session)
                let known = try #require(VideoProvider.all.first { $0.name == provider.name })
                // Which head copies a few bytes does not matter.
                for tool in production.tools where tool.program != "head" {
                    #expect(machine.contains(.program(tool.program)), "\(step.name)")
                    #expect(known.programs(VideoSettings()).contains(tool.program), "\(step.name)")
                    // reeld-motion starts it, and libass draws by what fontconfig finds.
                    let words = tool.arguments.joined(separator: " ")
                    if words.contains("-- ffmpeg") { #expect(machine.contains(.program("ffmpeg"))) }
                    if words.contains("ass=c"), provider.name != "ffmpeg-cut" {
                        #expect(machine.contains(VideoSettings().fonts), "\(step.name)")
                    }
                }
                if provider.name == "flite" || provider.name.hasPrefix("espeak") {
                    #expect(machine.count == 3, "its voice is missing")
                }
            }
        }
    }

    @Test func makeAGraphThatWaitsForWhatItReads() throws {
        let (_, steps) = try session(hostile)
        let names = Set(steps.map(\.name))
        #expect(names.count == steps.count)
        for step in steps {
            #expect(names.isSuperset(of: step.needs))
            #expect(!step.providers.isEmpty)
            #expect(step.timeout >= .seconds(60))
        }
        let clip = try #require(steps.first { $0.name == "clip-02" })
        #expect(clip.needs == ["timeline", "image-01", "image-02"])
        #expect(steps.last?.name == "final")
    }

    @Test func encodeEveryFrameOnceFromThePipe() throws {
        var brief = hostile
        brief.transition = .wipe
        let (session, steps) = try session(brief)
        let timeline = try Timeline.load(session)
        for (index, scene) in timeline.scenes.enumerated() {
            let clip = try #require(steps.first { $0.name == "clip-0\(index + 1)" })
            let production = try clip.providers[0].produce(session)
            #expect(production.tools.count == 1)
            let tool = production.tools[0]
            let end = try #require(tool.arguments.firstIndex(of: "--"))
            let film = try #require(Film(arguments: tool.arguments[..<end]))
            #expect(film.frames == scene.frames && film.width == 1080 && film.height == 1920)
            #expect(film.shot.still == session.path("images/scene_0\(index + 1).y4m"))
            #expect(film.opening?.transition == (index > 0 ? .wipe : nil))
            if let opening = film.opening {
                let before = timeline.scenes[index - 1].frames
                // It goes on where the scene before left off, on a journey as long as both parts.
                #expect(opening.firstFrame == before && opening.frames == 15)
                #expect(opening.shot.journey.frames == before + 15)
                #expect(opening.shot.still == session.path("images/scene_0\(index).y4m"))
            }
            #expect(tool.arguments[end + 1] == "ffmpeg")
            let encoding = tool.arguments[end...].joined(separator: " ")
            for part in [
                "-i pipe:0", "setsar=1", "-colorspace bt709", "-color_primaries bt709",
                "-color_trc bt709", "-color_range tv", "-maxrate 8M", "-preset veryfast",
            ] { #expect(encoding.contains(part)) }
        }
        brief.transition = .none
        let (cut, others) = try self.session(brief)
        let clip = try #require(others.first { $0.name == "clip-02" })
        #expect(clip.needs == ["timeline", "image-02"])
        let tool = try clip.providers[0].produce(cut).tools[0]
        let end = try #require(tool.arguments.firstIndex(of: "--"))
        #expect(Film(arguments: tool.arguments[..<end])?.opening == nil)
    }

    @Test func chooseVoices() throws {
        let settings = VideoSettings()
        var brief = Brief(topic: "x")
        let voices = { (brief: Brief) in
            [Flite.voices, Espeak.voices].map { $0.choose(brief, settings) }
        }
        let code = { (brief: Brief) in
            VideoPipeline.objections(to: brief, settings).first?.failure.code
        }
        #expect(voices(brief) == ["slt", "en-us"])
        brief.voice = "rms"
        #expect(voices(brief) == ["rms", "en-us"] && code(brief) == nil)
        brief.voice = "en-gb"
        #expect(voices(brief) == [nil, "en-gb"] && code(brief) == nil)
        brief.voice = "slt; rm"
        #expect(code(brief) == "unknown_voice")
        brief.voice = "slt"
        brief.language = "de"
        #expect(code(brief) == "unsuitable_voice")
        brief.voice = nil
        for (tag, voice) in [
            ("de-AT", "de"), ("pt-BR", "pt-br"), ("zh-Hans-CN", "cmn"), ("es-MX", "es-419"),
            ("no", "nb"), ("fr", "fr-fr"), ("ar", "ar"),
        ] {
            brief.language = tag
            #expect(voices(brief) == [nil, voice] && code(brief) == nil)
        }
        for tag in ["xx", "", "-", "klingon"] {
            brief.language = tag
            #expect(code(brief) == "unsupported_language")
        }
    }

    @Test func leaveOutFliteForWhatItCannotRead() {
        let names = { (text: String) in
            let scene = Script.Scene(heading: "", narration: text)
            return VideoProvider.all.filter { $0.task == .narration }
                .compactMap { $0.make(.init(Brief(topic: "x"), scene: scene))?.name }
        }
        let espeak = ["espeak-ng", "espeak-ng-untimed"]
        #expect(names("A café in “Zürich”…") == ["flite", "flite-untimed"] + espeak)
        #expect(names("The word λόγος") == espeak)
        #expect(Narration.asciiFolded("Ælfric’s naïve Ångström") == "Aelfric's naive Angstrom")
    }
}

import Core
import Pipeline
import Spool

/// The pipeline that makes a narrated, captioned video of a brief, without a network.
public enum VideoPipeline {
    /// The names of the providers it has.
    public static let providerNames = [
        "ambient", "brief", "espeak-ng", "espeak-ng-untimed", "ffmpeg", "flite", "flite-untimed",
        "fontconfig", "picture-card", "template", "timeline", "title-card", "unchecked",
    ]

    /// The pipeline for a brief. Its steps are known in full when `script` is finished, for the
    /// script says how many scenes there are:
    ///
    ///     script ─┬─ narration-01 … ─ timeline ─┬─ mix ─ level ─ sound ─┬─ final
    ///             └─ image-01 … ────────────────┴─ clip-01 … ───────────┘
    ///
    /// and, where they are needed, `music` before `mix` and `fonts` before `timeline`. A variant has stills,
    /// clips and a final cut of its own, `clip-01-square`, and shares all else.
    public static func definition(brief: Brief, settings: VideoSettings) -> PipelineDefinition {
        PipelineDefinition("video") { files, finished throws(Failure) in
            // Before anything is made, so that a job that cannot be spoken fails at once.
            let voices = try Voice.candidates(brief, settings)
            let first = Step(
                "script", providers: [ScriptWriter.provider(brief, settings)],
                timeout: .seconds(60), urgency: 1)
            guard finished.contains("script") else { return [first] }
            return [first]
                + steps(try Script.load(files), voices: voices, brief: brief, settings: settings)
        }
    }

    /// The place of the finished video, which waits there for its publication.
    public static func videoPlace(_ brief: Brief, _ files: SessionFiles) -> String {
        Session.publicationPlace(step: lastStep, file: "\(FinalCut.name(brief, files)).mp4")
    }

    /// Whether a step of the pipeline may be called so.
    public static func mayHaveStep(_ name: String) -> Bool {
        let kinds = [
            "script", "narration", "image", "fonts", "timeline", "clip", "music", "mix", "level",
            "sound", lastStep,
        ]
        return kinds.contains(where: { name == $0 || name.hasPrefix("\($0)-") })
    }

    private static let lastStep = "final"

    private static func steps(
        _ script: Script, voices: [Voice], brief: Brief, settings: VideoSettings
    ) -> [Step] {
        let scenes = script.scenes.indices
        let name = { (kind: String, index: Int) in "\(kind)-\(Narration.number(index))" }
        let own = { (name: String, brief: Brief) in
            (name + brief.suffix).replacing("_", with: "-")
        }
        let speech = script.scenes.reduce(0) {
            $0 + SpeechRate.seconds($1.narration, script.language)
        }
        let length = max(script.duration ?? 0, speech)
        // A machine may be twenty times slower than real time under load.
        let patience = { (seconds: Double) in Duration.seconds(60 + Int(20 * seconds)) }
        func step(
            _ name: String, _ needs: [String], _ providers: [Provider], _ timeout: Duration,
            urgency: Int
        ) -> Step {
            Step(
                name, needs: needs, providers: providers, timeout: timeout, urgency: urgency)
        }

        var steps: [Step] = []
        for index in scenes {
            let scene = script.scenes[index]
            steps.append(
                step(
                    name("narration", index), ["script"],
                    Narration.providers(
                        scene.narration, index: index, voices: voices, settings: settings),
                    patience(SpeechRate.seconds(scene.narration, script.language)), urgency: 2))
            for brief in brief.videos {
                steps.append(
                    step(
                        own(name("image", index), brief), ["script"],
                        [Card.provider(scene, index: index, brief: brief, settings: settings)],
                        .seconds(60), urgency: 1))
            }
        }
        let fonts = FontCoverage.isNeeded(script, brief) ? ["fonts"] : []
        if !fonts.isEmpty {
            steps.append(
                step(
                    "fonts", ["script"], FontCoverage.providers(settings), .seconds(60),
                    urgency: 2))
        }
        steps.append(
            step(
                "timeline", scenes.map { name("narration", $0) } + fonts,
                [TimelineStep.provider(brief, settings)], .seconds(120), urgency: 4))
        for brief in brief.videos {
            for index in scenes {
                let overlaps = index > 0 && Clip.transitionFrames(brief, settings) > 0
                let images = overlaps ? [index - 1, index] : [index]
                steps.append(
                    step(
                        own(name("clip", index), brief),
                        ["timeline"] + images.map { own(name("image", $0), brief) },
                        [Clip.provider(index: index, brief: brief, settings: settings)],
                        patience(length), urgency: 3))
            }
        }
        if let music = brief.music {
            steps.append(
                step(
                    "music", ["script"], [MusicBed.provider(music, brief: brief, settings)],
                    patience(VideoSettings.durations.upperBound), urgency: 3))
        }
        steps.append(
            step(
                "mix", brief.music == nil ? ["timeline"] : ["timeline", "music"],
                [Sound.mixProvider(brief, settings)], patience(length),
                urgency: 4))
        steps.append(
            step("level", ["mix"], [Sound.levelProvider(settings)], patience(length), urgency: 4))
        steps.append(
            step("sound", ["level"], [Sound.provider(settings)], patience(length), urgency: 4))
        for brief in brief.videos {
            steps.append(
                step(
                    own(lastStep, brief), scenes.map { own(name("clip", $0), brief) } + ["sound"],
                    [FinalCut.provider(brief, settings)], .seconds(300), urgency: 5))
        }
        return steps
    }
}

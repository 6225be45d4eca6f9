import Core
import Pipeline
import Spool

/// The pipeline that makes a narrated, captioned video of a brief, without a network.
public enum VideoPipeline {
    /// The names of the providers it has.
    public static let providerNames = VideoProvider.all.map(\.name)

    /// What keeps everybody from making a brief, as far as can be told before anything is made: with the field
    /// of the job spec that it is about.
    public static func objections(
        to brief: Brief, _ settings: VideoSettings
    ) -> [(field: String, failure: Failure)] {
        VideoTask.allCases.compactMap { $0.objection(to: brief, settings) }
    }

    /// The pipeline for a brief. Its steps are known in full when `script` is finished, for the
    /// script says how many scenes there are:
    ///
    ///     draft ─ review-… ─ script
    ///     script ─┬─ narration-01 … ─ timeline ─┬─ mix ─ level ─ sound ─┬─ final
    ///             └─ image-01 … ────────────────┴─ clip-01 … ───────────┘
    ///
    /// and, where they are needed, `music` before `mix` and `fonts` before `timeline`. A variant has stills,
    /// clips and a final cut of its own, `clip-01-square`, and shares all else.
    public static func definition(
        brief: Brief, settings: VideoSettings, registry: [VideoProvider] = VideoProvider.all
    ) -> PipelineDefinition {
        PipelineDefinition("video") { files, finished throws(Failure) in
            // Before anything is made, so that a job that nobody can make fails at once.
            if let objection = objections(to: brief, settings).first { throw objection.failure }
            let writing = try writing(brief, settings, registry)
            guard finished.contains(VideoTask.acceptance.stepName) else { return writing }
            // Who came or went since it was accepted does not look at it again.
            let done = writing.filter { finished.contains($0.name) }.map { step in
                var step = step
                step.needs.removeAll { !finished.contains($0) }
                return step
            }
            return done
                + (try steps(try Script.load(files), brief: brief, settings: settings))
        }
    }

    /// The steps up to the accepted script.
    private static func writing(
        _ brief: Brief, _ settings: VideoSettings, _ registry: [VideoProvider]
    ) throws(Failure) -> [Step] {
        var request = VideoRequest(brief, settings)
        request.scriptPlace = ScriptReview.draft
        func step(_ name: String, _ needs: [String], _ providers: [Provider]) -> Step {
            Step(name, needs: needs, providers: providers, timeout: .seconds(60), urgency: 1)
        }
        var steps = [step(VideoTask.script.stepName, [], try providers(.script, request))]
        for reviewer in VideoTask.review.chain(brief, settings, of: registry) {
            guard let provider = reviewer.make(request) else { continue }
            let name = ScriptReview.stepName(reviewer.name)
            steps.append(step(name, [steps[steps.count - 1].name], [provider]))
            request.scriptPlace = ScriptReview.place(reviewer.name)
        }
        let accepting = try providers(.acceptance, request)
        return steps
            + [step(VideoTask.acceptance.stepName, [steps[steps.count - 1].name], accepting)]
    }

    /// Those of a task's chain that can serve a request.
    private static func providers(
        _ task: VideoTask, _ request: VideoRequest
    ) throws(Failure) -> [Provider] {
        let chain = task.chain(request.brief, request.settings)
        let providers = chain.compactMap { $0.make(request) }
        guard !providers.isEmpty else {
            throw task.nobody(chain, "for scene \(request.index + 1)")
        }
        return providers
    }

    /// The place of the finished video, which waits there for its publication.
    public static func videoPlace(_ brief: Brief, _ files: SessionFiles) -> String {
        Session.publicationPlace(step: lastStep, file: "\(FinalCut.name(brief, files)).mp4")
    }

    /// Whether a step of the pipeline may be called so.
    public static func mayHaveStep(_ name: String) -> Bool {
        VideoTask.allCases.contains {
            name == $0.stepName || name.hasPrefix("\($0.stepName)-")
        }
    }

    private static let lastStep = VideoTask.cut.stepName

    private static func steps(
        _ script: Script, brief: Brief, settings: VideoSettings
    ) throws(Failure) -> [Step] {
        let scenes = script.scenes.indices
        let name = { (task: VideoTask, index: Int) in
            "\(task.stepName)-\(Narration.number(index))"
        }
        let own = { (name: String, brief: Brief) in
            (name + brief.suffix).replacing("_", with: "-")
        }
        let speech = script.scenes.reduce(0) {
            $0 + SpeechRate.seconds($1.narration, script.language)
        }
        let length = max(script.duration ?? 0, speech)
        // A machine may be twenty times slower than real time under load.
        let patience = { (seconds: Double) in Duration.seconds(60 + Int(20 * seconds)) }
        var steps: [Step] = []
        func add(
            _ task: VideoTask, _ name: String? = nil, needs: [String], of video: Brief? = nil,
            scene index: Int? = nil, _ timeout: Duration, urgency: Int
        ) throws(Failure) {
            let request = VideoRequest(
                video ?? brief, settings, index: index ?? 0,
                scene: index.map { script.scenes[$0] })
            steps.append(
                Step(
                    name ?? task.stepName, needs: needs, providers: try providers(task, request),
                    timeout: timeout, urgency: urgency))
        }

        for index in scenes {
            let scene = script.scenes[index]
            try add(
                .narration, name(.narration, index), needs: ["script"], scene: index,
                patience(SpeechRate.seconds(scene.narration, script.language)), urgency: 2)
            for video in brief.videos {
                let task = scene.image == nil ? VideoTask.picture : .ownPicture
                try add(
                    task, own(name(task, index), video), needs: ["script"], of: video,
                    scene: index, .seconds(60), urgency: 1)
            }
        }
        let fonts = FontCoverage.isNeeded(script, brief) ? ["fonts"] : []
        if !fonts.isEmpty { try add(.fonts, needs: ["script"], .seconds(60), urgency: 2) }
        try add(
            .timeline, needs: scenes.map { name(.narration, $0) } + fonts, .seconds(120),
            urgency: 4)
        for video in brief.videos {
            for index in scenes {
                let overlaps = index > 0 && Clip.transitionFrames(video, settings) > 0
                let images = overlaps ? [index - 1, index] : [index]
                try add(
                    .clip, own(name(.clip, index), video),
                    needs: ["timeline"] + images.map { own(name(.picture, $0), video) },
                    of: video, scene: index, patience(length), urgency: 3)
            }
        }
        let music = brief.music == nil ? [] : ["music"]
        if !music.isEmpty {
            try add(
                .music, needs: ["script"], patience(VideoSettings.durations.upperBound), urgency: 3)
        }
        try add(.mix, needs: ["timeline"] + music, patience(length), urgency: 4)
        try add(.level, needs: ["mix"], patience(length), urgency: 4)
        try add(.sound, needs: ["level"], patience(length), urgency: 4)
        for video in brief.videos {
            try add(
                .cut, own(lastStep, video),
                needs: scenes.map { own(name(.clip, $0), video) } + ["sound"], of: video,
                .seconds(300), urgency: 5)
        }
        return steps
    }
}

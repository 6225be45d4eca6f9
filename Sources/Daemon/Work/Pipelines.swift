import Core
import Glibc
import Linux
import Pipeline
import Spool
import Video

/// The pipelines there are: the built-in one and those of the configuration.
struct Pipelines: Sendable {
    let configuration: Configuration
    /// Those that are waited for.
    var missing = MissingPipelines()

    /// The code of a job's failure whose pipeline is waited for.
    static let missingCode = "pipeline_missing"

    /// Reads a job spec as far as the spool has to know it, completed by the configuration, and refuses what
    /// cannot be made.
    func header(of bytes: [UInt8]) throws(SpecFault) -> JobHeader {
        let merged: Presets.Merged
        do throws(JSONError) { merged = try configuration.specPresets.complete(bytes) } catch {
            throw SpecFault(
                missingPreset(of: bytes)
                    ?? error.failure(operation: "accept", subject: "the job spec"),
                isTruncated: error.isTruncated)
        }
        return try accept(merged.brief, merged.effective)
    }

    /// The names in a configuration that are waited for when they are gone: those of its pipelines, and
    /// `preset NAME`.
    static func names(in configuration: Configuration) -> [String] {
        configuration.pipelines.keys + configuration.presets.keys.map { "preset \($0)" }
    }

    /// That the preset that a spec names is waited for, if that is so.
    private func missingPreset(of bytes: [UInt8]) -> Failure? {
        guard let node = try? JSONNode(parsing: bytes), case .object(let members) = node.value,
            case .string(let name)? = members.first(where: { $0.key == "preset" })?.node.value,
            configuration.presets[name] == nil
        else { return nil }
        return waiting(for: "preset \(name)", "the preset '\(name)'")
    }

    /// That something of the configuration is waited for; nil if it is not, or not any more.
    private func waiting(for name: String, _ what: String) -> Failure? {
        let grace = Duration.seconds(configuration.jobs.pipelineGrace)
        guard let wait = missing.wait(for: name, grace: grace, at: .now) else { return nil }
        return Failure(
            .transient, code: Self.missingCode, operation: "accept", subject: "the job spec",
            cause: "\(what) is missing from the configuration",
            hint: "It is waited for: jobs.pipeline_grace", retryAfter: wait.seconds)
    }

    /// The same of what was put on record when the spec was accepted: nothing is added to that.
    func recordedHeader(of bytes: [UInt8]) throws(SpecFault) -> JobHeader {
        let brief: Brief
        do throws(JSONError) { brief = try Brief(recorded: bytes) } catch {
            throw SpecFault(
                error.failure(operation: "read", subject: "the job spec"), isTruncated: false)
        }
        return try accept(brief, nil)
    }

    private func accept(
        _ brief: Brief, _ effective: EffectiveSpec?
    ) throws(SpecFault) -> JobHeader {
        if let objection = objections(to: brief).first {
            throw SpecFault(objection.failure, isTruncated: false)
        }
        return JobHeader(
            pipeline: brief.pipeline, priority: brief.priority,
            notBefore: brief.notBefore.map { Timestamp(secondsSince1970: Double($0)) },
            labels: brief.labels, id: brief.id, review: brief.review, effective: effective)
    }

    /// What makes a well-formed brief impossible here.
    struct Objection {
        /// The field that it is about.
        var field: String
        /// What is wrong with that, without naming it.
        var statement: String
        /// One that is transient may be over after the time that it names.
        var failure: Failure
    }

    /// All that makes a well-formed brief impossible here.
    func objections(to brief: Brief) -> [Objection] {
        var objections: [Objection] = []
        func object(
            _ field: String, _ code: String, at place: String = "", _ statement: String,
            _ hint: String
        ) {
            let cause = place.isEmpty ? statement : "\(place) \(statement)"
            objections.append(
                Objection(
                    field: field, statement: statement,
                    failure: Failure(
                        .permanent, code: code, operation: "accept", subject: "the job spec",
                        cause: cause, hint: hint)))
        }
        if brief.pipeline != "video", configuration.pipelines[brief.pipeline] == nil {
            if let failure = waiting(for: brief.pipeline, "the pipeline '\(brief.pipeline)'") {
                objections.append(
                    Objection(field: "pipeline", statement: failure.cause, failure: failure))
            } else {
                let names = ["video"] + configuration.pipelines.keys.sorted()
                object(
                    "pipeline", "unknown_pipeline", "there is no pipeline '\(brief.pipeline)'",
                    "The pipelines are \(names.joined(separator: ", "))")
            }
        }
        if case .file(let music) = brief.music,
            !configuration.video.musicDirectories.contains(where: { music.isBeneath($0) })
        {
            object(
                "music", "path_not_allowed", at: "$.music",
                "names a file outside the directories that music may be in",
                "Add its directory to video.music_directories in the configuration")
        }
        if brief.pipeline == "video"
            || configuration.pipelines[brief.pipeline]?.isAfterVideo == true
        {
            for (field, failure) in VideoPipeline.objections(
                to: brief, configuration.videoSettings)
            {
                object(
                    field, failure.code, "\(failure.subject): \(failure.cause)",
                    failure.hint ?? "")
            }
        }
        for picture in Pictures.named(in: brief)
        where !configuration.video.imageDirectories.contains(where: { picture.path.isBeneath($0) })
        {
            object(
                picture.field.hasPrefix("$.images") ? "images" : "script", "path_not_allowed",
                at: picture.field, "names a file outside the directories that pictures may be in",
                "Add its directory to video.image_directories in the configuration")
        }
        return objections
    }

    /// The pipeline of a job, from what its session has on record of its spec, at `place` in it.
    func definition(
        for bytes: [UInt8], at place: String = "metadata/job.json"
    ) throws(Failure) -> PipelineDefinition {
        let brief: Brief
        do throws(JSONError) { brief = try Brief(recorded: bytes) } catch {
            throw error.failure(operation: "read", subject: "the job spec")
        }
        if let objection = objections(to: brief).first { throw objection.failure }
        let settings = configuration.videoSettings
        guard let commands = configuration.pipelines[brief.pipeline] else {
            return VideoPipeline.definition(brief: brief, settings: settings)
        }
        guard commands.isAfterVideo else {
            return commands.definition(brief.pipeline, spec: place)
        }
        var places = CommandPipeline.Places(spec: place)
        places.video = { files throws(Failure) in VideoPipeline.videoPlace(brief, files) }
        return commands.definition(
            brief.pipeline, after: VideoPipeline.definition(brief: brief, settings: settings),
            places)
    }
}

extension Configuration {
    /// What job specs take from here.
    var specPresets: Presets { Presets(named: presets, defaults: defaults) }

    /// How videos are made.
    var videoSettings: VideoSettings {
        var settings = Pipelines.settings
        settings.encoder = video.encoder
        settings.providers = video.providers
        return settings
    }
}

extension Pipelines {
    /// How videos are made, but for what the configuration says.
    fileprivate static let settings: VideoSettings = {
        var settings = VideoSettings()
        settings.motion = motion
        return settings
    }()

    /// `reeld-motion`: the one beside this program, for the two have to be of the same build; else
    /// whichever the configured path has.
    private static let motion: String = {
        let name = "reeld-motion"
        guard let beside = OwnProgram.directory.map({ "\($0)/\(name)" }), access(beside, X_OK) == 0
        else { return name }
        return beside
    }()
}

extension String {
    /// Whether this absolute path lies under `directory`. Neither holds `..`; links are for the
    /// one who opens it.
    fileprivate func isBeneath(_ directory: String) -> Bool {
        hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
    }
}

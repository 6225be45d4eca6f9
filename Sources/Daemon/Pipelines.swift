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

    /// Reads a job spec as far as the spool has to know it, and refuses what cannot be made.
    func header(of bytes: [UInt8]) throws(SpecFault) -> JobHeader {
        let brief: Brief
        do throws(JSONError) { brief = try Brief(decoding: bytes) } catch {
            throw SpecFault(
                error.failure(operation: "accept", subject: "the job spec"),
                isTruncated: error.isTruncated)
        }
        if let failure = objection(to: brief) { throw SpecFault(failure, isTruncated: false) }
        return JobHeader(
            pipeline: brief.pipeline, priority: brief.priority,
            notBefore: brief.notBefore.map { Timestamp(secondsSince1970: Double($0)) },
            labels: brief.labels, id: brief.id)
    }

    /// What makes a well-formed brief impossible here. One that is transient may be over after the time that
    /// it names.
    private func objection(to brief: Brief) -> Failure? {
        if brief.pipeline != "video", configuration.pipelines[brief.pipeline] == nil {
            let grace = Duration.seconds(configuration.jobs.pipelineGrace)
            if let wait = missing.wait(for: brief.pipeline, grace: grace, at: .now) {
                return Failure(
                    .transient, code: Self.missingCode, operation: "accept",
                    subject: "the job spec",
                    cause: "the pipeline '\(brief.pipeline)' is missing from the configuration",
                    hint: "It is waited for: jobs.pipeline_grace", retryAfter: wait.seconds)
            }
            let names = ["video"] + configuration.pipelines.keys.sorted()
            return Failure(
                .permanent, code: "unknown_pipeline", operation: "accept", subject: "the job spec",
                cause: "there is no pipeline '\(brief.pipeline)'",
                hint: "The pipelines are \(names.joined(separator: ", "))")
        }
        if case .file(let music) = brief.music,
            !configuration.video.musicDirectories.contains(where: { music.isBeneath($0) })
        {
            return Failure(
                .permanent, code: "path_not_allowed", operation: "accept", subject: "the job spec",
                cause: "$.music names a file outside the directories that music may be in",
                hint: "Add its directory to video.music_directories in the configuration")
        }
        let pictures = Pictures.named(in: brief)
        if let outside = pictures.first(where: { picture in
            !configuration.video.imageDirectories.contains { picture.path.isBeneath($0) }
        }) {
            return Failure(
                .permanent, code: "path_not_allowed", operation: "accept", subject: "the job spec",
                cause:
                    "\(outside.field) names a file outside the directories that pictures may be in",
                hint: "Add its directory to video.image_directories in the configuration")
        }
        return nil
    }

    /// The pipeline of a job, from the session's copy of its spec.
    func definition(for bytes: [UInt8]) throws(Failure) -> PipelineDefinition {
        let brief: Brief
        do throws(JSONError) { brief = try Brief(decoding: bytes) } catch {
            throw error.failure(operation: "read", subject: "the job spec")
        }
        if let failure = objection(to: brief) { throw failure }
        if let commands = configuration.pipelines[brief.pipeline] {
            return commands.definition(brief.pipeline)
        }
        var settings = Self.settings
        settings.encoder = configuration.video.encoder
        return VideoPipeline.definition(brief: brief, settings: settings)
    }
}

extension Pipelines {
    /// How videos are made, but for what the configuration says.
    static let settings: VideoSettings = {
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

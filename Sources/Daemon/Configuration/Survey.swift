import Core
import Linux
import Pipeline
import Synchronization
import Video

/// A look at what the configuration needs of the machine: programs, credentials, variables, directories. What is
/// missing may come later, and jobs wait for most of it; so it is told, and nothing is refused for it.
public struct Survey: Sendable {
    /// Something that may be missing, said by how it is found out.
    private struct Need: Sendable {
        /// Where it is, for who is told that no answer came.
        var subject: String
        /// Why it is not to be had; nil if it is. May never return, where a file server does not answer.
        var look: @Sendable () -> Failure?
    }

    private let needs: [Need]

    /// How long no answer may come.
    private static let patience = Duration.seconds(20)

    /// Means what a daemon needs that runs tools by `runner`; does nothing yet. With a unit it is what that
    /// service would see, as far as its settings say.
    init(_ configuration: Configuration, _ runner: ToolRunner, for unit: ServiceUnit? = nil) {
        // What may hang comes last.
        needs =
            Self.variables(configuration, unit) + Self.credentials(configuration, runner, unit)
            + Self.programs(configuration, runner, unit) + Self.builtIn(configuration, runner, unit)
            + Self.directories(configuration, unit)
    }

    /// What is not to be had of what a configuration needs that was read from `file`, for whoever checks that: also
    /// as the installed service would see it, if it is given this file.
    public static func findings(
        _ configuration: Configuration, readFrom file: String
    ) async -> [Failure] {
        // A part of the service itself, such as its ExecReload=: the daemon tells all of it.
        guard ServiceUnit.own?.name != service else { return [] }
        let runner = ToolRunner(
            configuration, root: configuration.root, mark: "", credentials: .ofProcess)
        let unit = await installedService(reading: file)
        return await Survey(configuration, runner, for: unit).findings()
    }

    /// All that is not to be had.
    func findings() async -> [Failure] {
        let notes = Notes()
        let needs = needs
        let ending = await LosableThreads.shared.run(
            about: "what the configuration needs", patience: Self.patience
        ) { pulse in
            for need in needs {
                notes.state.withLock { $0.current = need.subject }
                if let failure = need.look() {
                    notes.state.withLock { $0.found.append(failure) }
                }
                pulse.beat()
            }
        }
        let (found, current) = notes.state.withLock { $0 }
        if case .returned = ending { return found }
        return found + [
            Failure(
                .transient, code: "not_answering", operation: "look at",
                subject: current.isEmpty ? "what the configuration needs" : current,
                cause: "no answer has come; what comes after it has not been looked at",
                hint: "Look at the mount it is on, and at the file server or program behind that")
        ]
    }

    /// What a thread that may be lost has found.
    private final class Notes: Sendable {
        let state = Mutex<(found: [Failure], current: String)>(([], ""))
    }
}

// MARK: - What is needed

extension Survey {
    private static func variables(
        _ configuration: Configuration, _ unit: ServiceUnit?
    ) -> [Need] {
        var missing = configuration.tools.environment.missing
        if let unit {
            // What is in a file or passed on by the manager is not known here.
            let isOpen = ["EnvironmentFile", "PassEnvironment"].contains {
                !unit.values($0).isEmpty
            }
            let given = unit.values("Environment").joined(separator: " ")
            missing = configuration.tools.environment.variables.compactMap { name, value in
                value == .passedOn && !isOpen && !given.contains("\(name)=") ? name : nil
            }.sorted()
        }
        return missing.map { name in
            Need(subject: name) {
                Failure(
                    .unavailable, code: "variable_missing", operation: "pass on",
                    subject: "\(name) to tools (tools.environment)",
                    cause: "reeld itself has no variable of that name",
                    hint:
                        "Give it to the service with 'systemctl edit reeld', [Service] Environment=\(name)=VALUE, and restart that"
                )
            }
        }
    }

    private static func credentials(
        _ configuration: Configuration, _ runner: ToolRunner, _ unit: ServiceUnit?
    ) -> [Need] {
        let given = unit.map { unit in
            [
                "LoadCredential", "LoadCredentialEncrypted", "SetCredential",
                "SetCredentialEncrypted",
            ]
            .flatMap { unit.values($0) }.map { String($0.prefix { $0 != ":" }) }
                + unit.values("ImportCredential")
        }
        return uses(of: configuration) { $0.credentials }.compactMap { name, users in
            // A pattern of those to import may be about it.
            if let given, given.contains(where: { $0 == name || $0.contains("*") }) { return nil }
            return Need(subject: name) { [credentials = runner.credentials] in
                let store = given == nil ? credentials : CredentialStore(source: nil, place: "")
                guard var failure = store.failure(name) else { return nil }
                if given != nil { failure.cause = "the service is not given it" }
                failure.subject += " of \(users)"
                return failure
            }
        }
    }

    private static func programs(
        _ configuration: Configuration, _ runner: ToolRunner, _ unit: ServiceUnit?
    ) -> [Need] {
        uses(of: configuration) { $0.providers.compactMap(\.command.first) }.map { program, users in
            Need(subject: program) {
                runner.fault(
                    of: program, "find", "the program \(program) of \(users)", for: unit)
            }
        }
    }

    /// Those of the built-in pipeline are told together: who makes no videos has none of them.
    private static func builtIn(
        _ configuration: Configuration, _ runner: ToolRunner, _ unit: ServiceUnit?
    ) -> [Need] {
        [
            Need(subject: "the programs of the pipeline video") {
                let faults = configuration.videoSettings.programs.compactMap { program in
                    runner.fault(of: program, "find", program, for: unit)
                }
                guard var failure = faults.first else { return nil }
                let names = faults.map(\.subject).joined(separator: ", ")
                failure.subject =
                    "the program\(faults.count == 1 ? "" : "s") \(names) of the pipeline video"
                return failure
            }
        ]
    }

    private static func directories(
        _ configuration: Configuration, _ unit: ServiceUnit?
    ) -> [Need] {
        let options = [
            ("video.music_directories", configuration.video.musicDirectories),
            ("video.image_directories", configuration.video.imageDirectories),
        ]
        let root = configuration.root
        return [
            Need(subject: root) {
                PathFault(of: root, as: .root, for: unit).map { fault in
                    Failure(
                        .unavailable, code: "directory_missing", operation: "write in",
                        subject: root, cause: fault.cause, hint: fault.remedy)
                }
            }
        ]
            + options.flatMap { option, directories in
                directories.map { directory in
                    Need(subject: directory) {
                        PathFault(of: directory, as: .directory, for: unit).map { fault in
                            Failure(
                                .unavailable, code: "directory_missing", operation: "find",
                                subject: "the directory \(directory) of \(option)",
                                cause: fault.cause,
                                hint: fault.remedy
                                    ?? "See that reeld may read it, or correct \(option) in the configuration"
                            )
                        }
                    }
                }
            }
    }

    /// What steps name, each once with those who do: `own/fetch, own/send and 3 more`.
    private static func uses(
        of configuration: Configuration, _ names: (CommandPipeline.Step) -> [String]
    ) -> [(name: String, users: String)] {
        var users: [String: [String]] = [:]
        for (pipeline, commands) in configuration.commands.sorted(by: { $0.key < $1.key }) {
            for step in commands.steps {
                for name in Set(names(step)) {
                    users[name, default: []].append("\(pipeline)/\(step.name)")
                }
            }
        }
        return users.sorted { $0.key < $1.key }.map { name, steps in
            let more = steps.count > 3 ? " and \(steps.count - 2) more" : ""
            return (name, steps.prefix(more.isEmpty ? 3 : 2).joined(separator: ", ") + more)
        }
    }
}

// MARK: - From outside

extension Survey {
    /// The name that `make install` gives to the service.
    private static let service = "reeld"

    /// The service that is installed here and reads this file; nil if there is none, or no systemd that tells.
    private static func installedService(reading file: String) async -> ServiceUnit? {
        var command = ChildProcess.Command(
            "/usr/bin/systemctl", ["cat", "--no-pager", "\(service).service"],
            environment: ["LANG": "C.UTF-8", "SYSTEMD_COLORS": "0"], workingDirectory: "/",
            standardError: nil, timeout: .seconds(10), grace: .seconds(1))
        command.limits.log = 1 << 20
        guard let result = try? await ChildProcess.run(command), result.ending == .exited(0)
        else { return nil }
        let unit = ServiceUnit(
            name: service, parsing: String(decoding: result.said, as: UTF8.self))
        let isMeant = unit.value("ExecStart")?.split(separator: " ").contains(Substring(file))
        return isMeant == true ? unit : nil
    }
}

/// A configuration for one test, written as JSON5.
struct HouseSettings {
    var logLevel = "info"
    var inbox = "quiet_time: 0.3, scan_interval: 60"
    var jobs = "parallel: 4, drain_time: 600"
    /// No reserve: tests run on whatever disk there is.
    var disk = "reserve_bytes: 0, reserve_files: 0"
    var steps = "parallel: 4"
    var retry = "attempts: 2, first_delay: 0.01, longest_delay: 0.02"
    var breaker = "failures: 1000, minimum_calls: 100000, wait: 1"
    var tools = "grace: 0.3"
    var retention = ""
    /// The sections of single providers.
    var providers = ""
    var video = ""
    var pipelines: [String: [Step]] = ["copy": [.copy]]
    /// What is called when jobs have ended, by the directory that they go to.
    var hooks: [String: [Step]] = [:]
    /// How long a hook is waited for that cannot be called, in seconds.
    var patience = 86_400.0
    /// More of single pipelines: `after: 'video'`.
    var more: [String: String] = [:]
    var presets = ""
    var defaults = ""

    /// One step of a pipeline.
    struct Step {
        var name: String
        var command: [String]
        var timeout = 600.0
        /// More of the step, as JSON5: `step_timeout: 3`.
        var more = ""
        /// Its providers by name, instead of the command alone.
        var providers: [(name: String, command: [String])] = []

        /// Copies the job into its output.
        static let copy = Step(
            name: "copy", command: ["/bin/cp", "{job}", "{out}/job.json"])

        /// A script for `sh`, in which `$OUT`, `$JOB`, `$SESSION` and `$HOUSE`, the directory of
        /// the test, are set.
        static func shell(_ name: String, _ script: String, timeout: Double = 600) -> Step {
            Step(name: name, command: command(script), timeout: timeout)
        }

        /// The same for several providers, each with its script.
        static func shell(
            _ name: String, _ providers: [(String, String)], more: String = ""
        ) -> Step {
            Step(
                name: name, command: [], more: more,
                providers: providers.map { ($0, command($1)) })
        }

        private static func command(_ script: String) -> [String] {
            let header = "OUT=$1 JOB=$2 SESSION=$3 HOUSE=${REELD_ROOT%/*}\n"
            return ["/bin/sh", "-ec", header + script, "sh", "{out}", "{job}", "{session}"]
        }
    }

    /// The text of the file.
    var text: String {
        let pipelines = pipelines.map { name, steps in
            "\(name.quoted): { \(more[name].map { "\($0), " } ?? "")steps: [\(steps.map(\.text).joined(separator: ", "))] }"
        }
        let hooks = hooks.map { state, steps in
            "\(state): [\(steps.map(\.text).joined(separator: ", "))], "
        }
        return """
            // Made for one test.
            {
                log_level: '\(logLevel)',
                inbox: { \(inbox) },
                jobs: { \(jobs) },
                disk: { \(disk) },
                steps: { \(steps) },
                retry: { \(retry) },
                breaker: { \(breaker) },
                providers: { \(providers) },
                tools: { \(tools) },
                retention: { \(retention) },
                video: { \(video) },
                pipelines: { \(pipelines.joined(separator: ", ")) },
                on: { \(hooks.joined())patience: \(patience) },
                presets: { \(presets) },
                defaults: { \(defaults) },
            }
            """
    }
}

extension HouseSettings.Step {
    fileprivate var text: String {
        let who =
            providers.isEmpty
            ? "command: \(Self.array(command))"
            : "providers: ["
                + providers.map {
                    "{ name: \($0.name.quoted), command: \(Self.array($0.command)) }"
                }
                .joined(separator: ", ") + "]"
        return
            "{ name: \(name.quoted), \(who), timeout: \(timeout)\(more.isEmpty ? "" : ", \(more)") }"
    }

    private static func array(_ words: [String]) -> String {
        "[\(words.map(\.quoted).joined(separator: ", "))]"
    }
}

extension String {
    /// The string as JSON writes it.
    var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}

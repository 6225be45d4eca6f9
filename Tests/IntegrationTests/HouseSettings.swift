/// A configuration for one test, written as JSON5.
struct HouseSettings {
    var inbox = "quiet_time: 0.3, scan_interval: 60"
    var jobs = "parallel: 4, drain_time: 60"
    /// No reserve: tests run on whatever disk there is.
    var disk = "reserve_bytes: 0, reserve_files: 0"
    var steps = "parallel: 4, attempts: 2, first_delay: 0.01, longest_delay: 0.02"
    var breaker = "failures: 1000, minimum_calls: 100000, wait: 1"
    var tools = "grace: 0.3"
    var retention = ""
    var video = ""
    var pipelines: [String: [Step]] = ["copy": [.copy]]

    /// One step of a pipeline.
    struct Step {
        var name: String
        var command: [String]
        var timeout = 600.0

        /// Copies the job into its output.
        static let copy = Step(
            name: "copy", command: ["/bin/cp", "{job}", "{out}/job.json"])

        /// A script for `sh`, in which `$OUT`, `$JOB`, `$SESSION` and `$HOUSE`, the directory of
        /// the test, are set.
        static func shell(_ name: String, _ script: String, timeout: Double = 600) -> Step {
            let header = "OUT=$1 JOB=$2 SESSION=$3 HOUSE=${REELD_ROOT%/*}\n"
            return Step(
                name: name,
                command: ["/bin/sh", "-ec", header + script, "sh", "{out}", "{job}", "{session}"],
                timeout: timeout)
        }
    }

    /// The text of the file.
    var text: String {
        let pipelines = pipelines.map { name, steps in
            "\(name.quoted): { steps: [\(steps.map(\.text).joined(separator: ", "))] }"
        }
        return """
            // Made for one test.
            {
                inbox: { \(inbox) },
                jobs: { \(jobs) },
                disk: { \(disk) },
                steps: { \(steps) },
                breaker: { \(breaker) },
                tools: { \(tools) },
                retention: { \(retention) },
                video: { \(video) },
                pipelines: { \(pipelines.joined(separator: ", ")) },
            }
            """
    }
}

extension HouseSettings.Step {
    fileprivate var text: String {
        let words = command.map(\.quoted).joined(separator: ", ")
        return "{ name: \(name.quoted), command: [\(words)], timeout: \(timeout) }"
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

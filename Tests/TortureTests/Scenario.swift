import Foundation

/// The jobs of every trial: a good one with steps that run side by side, one that has to wait for
/// its time, one whose step fails as often as it is tried, and one that is no job.
struct Scenario {
    /// How often a provider tries a step.
    static let attempts = 3

    /// A file and where it has to end.
    struct Job {
        var name: String
        var pipeline: String
        var ending: String
        /// The steps it runs, and the files it publishes.
        var steps: [String]
        var outputs: [String]

        /// The bytes of the file.
        var text: String
    }

    let jobs: [Job]

    /// The jobs, the second to start no earlier than `delay` from now.
    init(delay: TimeInterval = 2) {
        let moment = Date(
            timeIntervalSince1970: (Date.now.timeIntervalSince1970 + delay).rounded(.up))
        let later = moment.formatted(.iso8601)
        func spec(_ pipeline: String, _ more: String = "") -> String {
            "{\"topic\": \"a trial\", \"pipeline\": \"\(pipeline)\"\(more)}\n"
        }
        jobs = [
            Job(
                name: "good.json", pipeline: "branched", ending: "done",
                steps: ["root", "left", "right"], outputs: ["root.txt", "left.txt", "right.mp4"],
                text: spec("branched")),
            Job(
                name: "later.json", pipeline: "single", ending: "done", steps: ["single"],
                outputs: ["single.txt"], text: spec("single", ", \"not_before\": \"\(later)\"")),
            Job(
                name: "failing.json", pipeline: "failing", ending: "failed", steps: ["fails"],
                outputs: [], text: spec("failing")),
            Job(
                name: "invalid.json", pipeline: "", ending: "rejected", steps: [], outputs: [],
                text: "{\"topik\": \"a trial\"}\n"),
        ]
    }

    /// The configuration. Each step first says in `ledger`, beside the root, that it runs.
    static var configuration: String {
        func step(_ name: String, _ script: String, needs: String? = nil) -> String {
            let script = """
                printf '%s %s\\\\n' "${2##*/}" \(name) >> "${REELD_ROOT%/*}/ledger"; \(script)
                """
            let needs = needs.map { ", needs: [\"\($0)\"]" } ?? ""
            return """
                { name: "\(name)", timeout: 100,
                  command: ["/bin/sh", "-ec", '\(script.replacing("'", with: "\\'"))', "sh",
                            "{out}", "{session}"]\(needs) }
                """
        }
        func make(_ file: String) -> String {
            "for i in 1 2 3 4 5 6 7 8; do echo \"$i of \(file) of $2\"; done > \"$1/\(file)\""
        }
        return """
            {
              inbox: { quiet_time: 0.3, scan_interval: 0.5 },
              jobs: { parallel: 4, drain_time: 60, retry_delay: 0.3, space_delay: 1 },
              disk: { reserve_bytes: 0, reserve_files: 0 },
              steps: { parallel: 4 },
              retry: { attempts: \(attempts), first_delay: 0.01, longest_delay: 0.02 },
              breaker: { failures: 1000, minimum_calls: 100000, wait: 1 },
              tools: { grace: 0.3 },
              pipelines: {
                branched: { steps: [
                  \(step("root", make("root.txt"))),
                  \(step("left", make("left.txt"), needs: "root")),
                  \(step("right", make("right.mp4"), needs: "root")),
                ] },
                single: { steps: [\(step("single", make("single.txt")))] },
                failing: { steps: [\(step("fails", "exit 75"))] },
              },
            }
            """
    }
}

import Foundation

/// The jobs of a trial, and what is asked about them.
struct Scenario: Sendable {
    /// How often a provider tries a step.
    static let attempts = 3

    /// A file and where it has to end.
    struct Job: Sendable {
        var name: String
        var pipeline: String
        /// Where it may end.
        var endings: Set<String>
        /// The steps it runs, and the files it publishes; nil for whatever its record says.
        var steps: [String]
        var outputs: [String]?
        /// Whether it gets a session.
        var hasSession = true
        /// Where it lies at the beginning, with a receipt if it has ended before.
        var place = "inbox"

        /// The steps that its hooks are.
        var hooks: [String] = []

        /// The bytes of the file.
        var text: String
    }

    let jobs: [Job]
    /// Of these jobs exactly one is done, whichever it is, and the others are rejected.
    var twins: Set<String> = []
    /// The files in `control/` at the beginning.
    var requests: [String] = []
    /// A session of long ago that is not to be kept.
    var oldSession: String?
    /// How many sessions there are when all is done, the old one not counted.
    var sessions = 3
    /// Whether hooks are called when jobs end, each of which has to have been when all is done.
    var hasHooks = false

    /// A good job with steps that run side by side, one that has to wait for its time, which is no
    /// earlier than `delay` from now, one whose step fails as often as it is tried, and one that is
    /// no job.
    init(delay: TimeInterval = 2) {
        let moment = Date(
            timeIntervalSince1970: (Date.now.timeIntervalSince1970 + delay).rounded(.up))
        let later = moment.formatted(.iso8601)
        func spec(_ pipeline: String, _ more: String = "") -> String {
            "{\"topic\": \"a trial\", \"pipeline\": \"\(pipeline)\"\(more)}\n"
        }
        jobs = [
            Job(
                name: "good.json", pipeline: "branched", endings: ["done"],
                steps: ["root", "left", "right"], outputs: ["root.txt", "left.txt", "right.mp4"],
                text: spec("branched", ", \"preset\": \"trial\"")),
            Job(
                name: "later.json", pipeline: "single", endings: ["done"], steps: ["single"],
                outputs: ["single.txt"],
                text: spec("single", ", \"preset\": \"trial\", \"not_before\": \"\(later)\"")),
            Job(
                name: "failing.json", pipeline: "failing", endings: ["failed"], steps: ["fails"],
                outputs: [], text: spec("failing")),
            Job(
                name: "invalid.json", pipeline: "", endings: ["rejected"], steps: [], outputs: [],
                hasSession: false, text: "{\"topik\": \"a trial\"}\n"),
        ]
    }

    /// A job that is done, one that fails and one that is no job, each with hooks.
    static let ending: Scenario = {
        var jobs = Scenario().jobs.filter { $0.name != "later.json" }
        for index in jobs.indices {
            jobs[index].hasSession = true
            if let state = jobs[index].endings.first {
                jobs[index].hooks = ["first", "second"].map { "on.\(state).\($0)" }
            }
        }
        var scenario = Scenario(of: jobs)
        scenario.hasHooks = true
        return scenario
    }()

    private init(of jobs: [Job]) { self.jobs = jobs }

    /// What is asked for while no daemon runs: that a job be cancelled, that one be held and let go
    /// again, that one of yesterday be tried anew. Two jobs of one id, and a session that is not to
    /// be kept.
    static let steered = Scenario(steered: ())

    private init(steered: ()) {
        func job(
            _ name: String, _ endings: Set<String>, _ more: String = "", hasSession: Bool = true,
            in place: String = "inbox"
        ) -> Job {
            Job(
                name: name, pipeline: "single", endings: endings, steps: ["single"],
                outputs: endings.contains("done") ? ["single.txt"] : [], hasSession: hasSession,
                place: place,
                text: "{\"topic\": \"\(name)\", \"pipeline\": \"single\"\(more)}\n")
        }
        jobs = [
            job("cancelled.json", ["failed"], hasSession: false),
            job("held.json", ["done"]),
            job("again.json", ["done"], in: "failed"),
            job("one.json", ["done", "rejected"], ", \"id\": \"twin\""),
            job("two.json", ["done", "rejected"], ", \"id\": \"twin\""),
        ]
        twins = ["one.json", "two.json"]
        requests = [
            "cancelled.json.cancel", "held.json.hold", "held.json.release~9", "again.json.retry",
            "nothing.json.cancel", "no-request",
        ]
        oldSession = "session_20200101_000000_aaaa"
    }

    /// Twice the same short video, so that there is something to be taken from what was made before.
    static let film = Scenario(film: ())

    private init(film: ()) {
        jobs = ["first", "second"].map { name in
            Job(
                name: "\(name).json", pipeline: "video", endings: ["done"], steps: [],
                text: """
                    {"topic": "A trial", "labels": {"name": "\(name)"}, "resolution": "240x426", \
                    "script": "Here is one. There is another."}

                    """)
        }
        // Only steps of commands write into the ledger.
        sessions = 0
    }

    /// The configuration. Each step first says in `ledger`, beside the root, that it runs.
    var configuration: String {
        let attempts = Self.attempts
        func step(
            _ name: String, _ script: String, needs: String? = nil, as step: String? = nil
        ) -> String {
            let script = """
                printf '%s %s\\\\n' "${2##*/}" \(step ?? name) >> "${REELD_ROOT%/*}/ledger"; \(script)
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
        func hooks(_ state: String) -> String {
            let steps = ["first", "second"].map { step($0, "true", as: "on.\(state).\($0)") }
            return "\(state): [ \(steps.joined(separator: ", ")) ]"
        }
        let on = hasHooks ? ["done", "failed", "rejected"].map(hooks).joined(separator: ", ") : ""
        return """
            {
              log_level: 'debug',
              inbox: { quiet_time: 0.3, scan_interval: 0.5 },
              jobs: { parallel: 4, drain_time: 60, retry_delay: 0.3, space_delay: 1 },
              disk: { reserve_bytes: 0, reserve_files: 0 },
              steps: { parallel: 4 },
              retry: { attempts: \(attempts), first_delay: 0.01, longest_delay: 0.02 },
              breaker: { failures: 1000, minimum_calls: 100000, wait: 1 },
              tools: { grace: 0.3 },
              retention: { interval: 0.3, count: 3 },
              pipelines: {
                branched: { steps: [
                  \(step("root", make("root.txt"))),
                  \(step("left", make("left.txt"), needs: "root")),
                  \(step("right", make("right.mp4"), needs: "root")),
                ] },
                single: { steps: [\(step("single", make("single.txt")))] },
                failing: { steps: [\(step("fails", "exit 75"))] },
              },
              on: { \(on) },
              presets: { trial: { labels: { from: "the preset" } } },
            }
            """
    }
}

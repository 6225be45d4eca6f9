import Glibc
import Linux
import Testing

/// What the screens look like, to the letter but for what is another each time.
@Suite struct ScreenTests {
    private static let screens: [(words: String, screen: String)] = [
        (
            "list",
            """
            JOB  TOPIC  OWNER  STATE  PROGRESS  AGE  WHY / RESULT
            k7qa  Why octopuses have three hearts and nine brains  USER  running  [####----] 50%  9s  film
            k7qa  How bees dance  USER  waiting #1  -  9s  priority 10
            k7qa  The reef  USER  for review  1/1  9s  reelctl approve k7qa
            k7qa  Later  USER  parked 1 May 2099  -  9s  not_before in its spec
            k7qa  no.json  USER  rejected  -  9s  Could not accept the job spec: line 1, column 11, $.topic: must be a string, not 3.
            k7qa  Shells  USER  degraded  -  9s  Hook tell failed: Could not run sh: it exited with status 1; its last words: nobody is there.
            k7qa  Ships  USER  failed  -  9s  Could not run sh: it exited with status 1; its last words: the tide is out.
            k7qa  Why the sea is salt  USER  done  -  9s  took 9 s
            1 running, 1 waiting (about 9 s), 1 parked, 1 for review, 1 failed or cancelled today, 1 rejected today, 2 done.

            """
        ),
        (
            "status",
            """
            ROOT
            1 running, 1 waiting (about 9 s), 1 parked, 1 for review, 1 failed or cancelled today, 1 rejected today, 2 done.
            Today 2 done. 9 GB free.

            RUNNING  TOPIC  STATE  LEFT  WHAT
            k7qa  Why octopuses have three hearts and nine brains  [####----] 50%  -  film

            NEXT  TOPIC  STATE  AGE  WHAT
            k7qa  How bees dance  waiting #1  9s  priority 10

            PARKED  TOPIC  STATE  AGE  WHAT
            k7qa  Later  parked 1 May 2099  9s  not_before in its spec

            FOR REVIEW  TOPIC  STATE  AGE  WHAT
            k7qa  The reef  for review  9s  reelctl approve k7qa

            PROVIDER  BREAKER  CALLS  FAILED  LATELY  AGAIN  WHY
            copy/copy  closed  2  0  0.0%  -
            fail/stop  closed  1  0  -  -
            frail/copy  closed  1  0  0.0%  -
            gate/copy  closed  1  0  0.0%  -
            gate/film  closed  1  0  -  -
            on.done/tell  closed  2  0  0.0%  -

            """
        ),
        (
            "show octopus.json",
            """
            Job: k7qa  octopus.json
            State: running  [####----] 50%
            Topic: Why octopuses have three hearts and nine brains
            Owner: USER
            Pipeline: gate
            Arrived: 12:00 (9s ago)
            Claimed: 12:00 (9s ago)
            Time: 9 s
            Session: ROOT/outputs/SESSION
            Log: ROOT/outputs/SESSION/logs
            Steps: 1 of 2 finished
            Running: film

            STEP  STATE  PROVIDER  TRIES  TIME  USUAL  CPU  MEMORY
            copy  finished  gate/copy  1  9 s  9 s  9 s  9 GB
            film  running  gate/film  1  9 s  -  -  -

            """
        ),
        (
            "show shells.json",
            """
            Job: k7qa  shells.json
            State: degraded
            Result: ROOT/outputs/SESSION/final_output/job.json
            Degraded: Hook tell failed: Could not run sh: it exited with status 1; its last words: nobody is there.
            Cure: reelctl retry --hooks k7qa
            Topic: Shells
            Owner: USER
            Pipeline: frail
            Arrived: 12:00 (9s ago)
            Claimed: 12:00 (9s ago)
            Finished: 12:00 (9s ago)
            Time: 9 s
            Session: ROOT/outputs/SESSION
            Log: ROOT/outputs/SESSION/logs
            Steps: 1 of 1 finished

            STEP  STATE  PROVIDER  TRIES  TIME  USUAL  CPU  MEMORY
            copy  finished  frail/copy  1  9 s  9 s  9 s  9 GB
            on.done.tell  failed  on.done/tell  1  9 s  9 s  -  -

            """
        ),
        (
            "show reef.json",
            """
            Job: k7qa  reef.json
            State: for review
            Result: ROOT/outputs/SESSION/final_output/job.json
            Why: it waits for review
            Cure: reelctl approve k7qa, or reelctl reject k7qa
            Topic: The reef
            Owner: USER
            Pipeline: copy
            Arrived: 12:00 (9s ago)
            Claimed: 12:00 (9s ago)
            Time: 9 s
            Session: ROOT/outputs/SESSION
            Log: ROOT/outputs/SESSION/logs
            Steps: 1 of 1 finished

            STEP  STATE  PROVIDER  TRIES  TIME  USUAL  CPU  MEMORY
            copy  finished  copy/copy  1  9 s  9 s  9 s  9 GB

            """
        ),
    ]

    private static let manual =
        "/\(#filePath.split(separator: "/").dropLast(3).joined(separator: "/"))/docs/reelctl.1"

    /// A house with a job in every condition.
    private func house() async throws -> (House, Gate) {
        var settings = HouseSettings()
        settings.jobs = "parallel: 1, drain_time: 600"
        settings.pipelines["fail"] = [.shell("stop", "echo the tide is out >&2; exit 1")]
        settings.pipelines["frail"] = [.copy]
        settings.hooks["done"] = [
            .shell("tell", "grep -q frail \"$JOB\" || exit 0; echo nobody is there; exit 1")
        ]
        let (house, gate) = try House.withGate(settings, step: "film", before: [.copy])
        _ = try await house.start()
        func spec(_ topic: String, _ pipeline: String, _ more: String = "") -> String {
            "{\"topic\": \"\(topic)\", \"pipeline\": \"\(pipeline)\"\(more)}"
        }
        try house.drop("salt.json", spec("Why the sea is salt", "copy"))
        try await house.ended("salt.json")
        try house.drop("ships.json", spec("Ships", "fail"))
        try await house.ended("ships.json", in: "failed")
        try house.drop("shells.json", spec("Shells", "frail"))
        try await house.ended("shells.json")
        try house.drop("no.json", "{\"topic\": 3}")
        try await house.ended("no.json", in: "rejected")
        try house.drop("reef.json", spec("The reef", "copy", ", \"review\": true"))
        try await house.eventually("it waits for review") { house.names(in: "deferred").count == 1 }
        try house.drop(
            "later.json", spec("Later", "copy", ", \"not_before\": \"2099-05-01T10:00:00Z\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 2 }
        try house.drop(
            "octopus.json", spec("Why octopuses have three hearts and nine brains", "gate"))
        try await gate.reached()
        try house.drop("bees.json", spec("How bees dance", "copy", ", \"priority\": 10"))
        try await house.eventually("its turn is known") {
            try await house.expect(0, of: "list waiting").printed.contains("waiting #1")
        }
        // What is only counted is written down after a while.
        try await house.eventually("all is counted") {
            let stats = try await house.expect(0, of: "stats").printed
            let breakers = try await house.expect(0, of: "breakers").printed
            return ["gate/copy", "frail/copy", "copy/copy", "on.done/tell"].allSatisfy(
                stats.contains)
                && breakers.contains("gate/film")
        }
        return (house, gate)
    }

    /// The user that the jobs are of.
    private let user = UserAccount.name(getuid()) ?? "\(getuid())"

    /// A screen without what is another each time, and with no more blanks than it takes: how wide columns are
    /// hangs on what is in them.
    private func screen(_ words: String, columns: Int = 200, of house: House) async throws -> String
    {
        let terminal = try house.onTerminal(words, columns: columns)
        _ = try await terminal.exit()
        var text = terminal.printed.replacing("\r\n", with: "\n")
        text = text.replacing(house.root, with: "ROOT")
        text = text.replacing(" \(user) ", with: " USER ").replacing(
            "Owner: \(user)", with: "Owner: USER")
        text = text.replacing(/session_[0-9]{8}_[0-9]{6}_[0-9a-z]{4}/, with: "SESSION")
        text = text.replacing(
            /(?m)^[0-9a-z]{4}(?=  .*(running|waiting|review|parked|rejected|degraded|failed|done|\]))/
        ) { _ in "k7qa" }
        text = text.replacing(#/: [0-9a-z]{4}  /#) { _ in ": k7qa  " }
        text = text.replacing(/(approve|reject|--hooks) [0-9a-z]{4}/) { "\($0.output.1) k7qa" }
        text = text.replacing(/[0-9]{2}:[0-9]{2}/) { _ in "12:00" }
        text = text.replacing(/\[[#-]+\] [0-9]+%/) { _ in "[####----] 50%" }
        text = text.replacing(/(, | |)(about )?[0-9.]+ (ms|s|min|MB|GB)( left)?/) { match in
            "\(match.output.1)\(match.output.2 ?? "")9 \(["MB", "GB"].contains(match.output.3) ? "GB" : "s")\(match.output.4 ?? "")"
        }
        text = text.replacing(#/  [0-9]+[smh](?=\s)/#) { _ in "  9s" }.replacing(
            /\([0-9]+[smh] ago\)/
        ) { _ in
            "(9s ago)"
        }
        text = text.replacing(#/ {2,}/#, with: "  ").replacing(/(?m)^ +| +$/, with: "")
        // Two letters that look like a handle.
        return text.replacing(#/(?m)^k7qa  running  gate/film/#, with: "film  running  gate/film")
    }

    @Test func theyShowEachJobInItsConditionAndWhatToDo() async throws {
        let (house, _) = try await house()
        for (words, wanted) in Self.screens {
            let text = try await screen(words, of: house)
            #expect(text == wanted, "\(words):\n\(text)")
        }
        // Each name in JSON is in the manual page.
        let page = String(decoding: try readFile(Self.manual), as: UTF8.self)
        for words in ["list --json", "show --json --all"] {
            let printed = try await house.expect(0, of: words).printed
            let keys = Set(printed.matches(of: /"([a-z_]+)" :/).map { String($0.output.1) })
            #expect(keys.count > 20)
            // Names of hooks and labels are whoever's.
            for key in keys.subtracting(["tell"]) {
                #expect(page.contains(try Regex("Li (.* )?\(key)[ \\n]")), "\(words): \(key)")
            }
        }
        // Whatever there is to be cut, nothing is wider than the terminal.
        for words in ["list", "status"] {
            for columns in [20, 40, 80] {
                let terminal = try house.onTerminal(words, columns: columns)
                _ = try await terminal.exit()
                for line in terminal.printed.split(whereSeparator: \.isNewline) {
                    #expect(line.count <= columns, "\(words) at \(columns): \(line)")
                }
            }
        }
    }
}

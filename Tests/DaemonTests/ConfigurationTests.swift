import Core
import Foundation
import Pipeline
import Resilience
import Spool
import TestSupport
import Testing

@testable import Daemon

@Suite struct ConfigurationTests {
    private func fault(_ text: String) -> JSONError? {
        do throws(JSONError) { _ = try Configuration(decoding: Array(text.utf8)) } catch {
            return error
        }
        return nil
    }

    @Test(arguments: [
        "{}",
        "{inbox:{},jobs:{},disk:{},steps:{},retry:{},breaker:{},providers:{},tools:{},cache:{},video:{},pipelines:{}}",
    ])
    func whatIsLeftOutHasItsDefault(_ text: String) throws {
        #expect(try Configuration(decoding: Array(text.utf8)) == Configuration())
    }

    @Test func everyOptionIsRead() throws {
        let text = """
            {
              root: "/srv/reeld", log_level: "debug",
              inbox: { quiet_time: 0.5, scan_interval: 7, watch: "poll", poll_interval: 3 },
              jobs: {
                parallel: 9, drain_time: 8, retry_delay: 3, space_delay: 4, ageing: 60, pipeline_grace: 5,
                duplicate_window: 60,
                user_limits: { running: 3, waiting: 500, priority: 7 },
                max_session_bytes: 5000000, max_session_files: 200,
              },
              disk: { reserve_bytes: 12, reserve_files: 34 },
              steps: { parallel: 4 },
              retry: {
                preset: "network", attempts: 7, max_elapsed: 90, strategy: "fibonacci",
                first_delay: 0.25, factor: 3, longest_delay: 6, jitter: 0.25,
                retry_after_limit: 50,
                retry_on: {
                  kinds: ["unavailable"], codes: ["x"], exit_statuses: [1], http_statuses: [429],
                  signals: [11],
                },
                never_on: { codes: ["timeout"] },
              },
              breaker: {
                failures: 7, quota: { failures: 3, of: 9 }, failure_rate: 0.25, slow_rate: 0.75,
                slow_after: 5, minimum_calls: 20, window_calls: 30, wait: 10, wait_factor: 2,
                longest_wait: 80, jitter: "equal", probes: 4, successes: 2, probe_limit: 900,
                half_open_limit: 70, count_on: { codes: ["timeout"] },
              },
              providers: {
                ambient: {
                  timeout: 9, parallel: 3, queue: 4,
                  rate: { per_second: 1, per_minute: 5, per_day: 99, max_wait: 2 },
                  budget: { ratio: 0.5, minimum_per_second: 0.25, capacity: 8 },
                  hedge: { extra: 2, delay: 1.5 }, retry: { attempts: 2 },
                  breaker: { failures: null, window: 40 },
                },
                primary: { retry: { preset: "fast" } },
              },
              tools: { path: ["/opt/bin"], grace: 1.5, log_limit: 2048, output_limit: 3000000,
                environment: { HTTPS_PROXY: null, mode: "a b" } },
              retention: {
                interval: 60, age: 1, count: 2, bytes: 3, directories: { audio: 4 },
                job_files_age: 5,
              },
              video: {
                music_directories: ["/srv/music"], image_directories: ["/srv/a", "/srv/b"],
                encoder: "small",
              },
              pipelines: {
                own: {
                  steps: [
                    { name: "a", command: ["/bin/true", "", "{out}"] },
                    { name: "b", command: ["b"], needs: [], timeout: 1.5, credentials: ["k.1", "T"] },
                    {
                      name: "c", step_timeout: 8, retry: { attempts: 4 },
                      providers: [
                        { name: "primary", command: ["p"] }, { name: "backup", command: ["q"] },
                      ],
                    },
                  ],
                },
                more: { after: "video", steps: [ { name: "crop", command: ["crop", "{video}"] } ] },
              },
              on: {
                done: [ { name: "deliver", command: ["cp", "{video}", "/srv"] } ],
                failed: [ { name: "mail", command: ["mail", "{receipt}"], needs: [] } ],
                rejected: [ { name: "mail", command: ["mail", "{receipt}"], timeout: 9 } ],
                patience: 60,
              },
            }
            """
        var expected = Configuration()
        expected.root = "/srv/reeld"
        expected.logLevel = .debug
        (expected.inbox.quietTime, expected.inbox.scanInterval) = (0.5, 7)
        (expected.inbox.watch, expected.inbox.pollInterval) = (.poll, 3)
        expected.jobs.userLimits = UserLimits(running: 3, waiting: 500, priority: 7)
        (expected.jobs.parallel, expected.jobs.drainTime, expected.jobs.ageing) = (9, 8, 60)
        (expected.jobs.retryDelay, expected.jobs.spaceDelay) = (3, 4)
        expected.jobs.pipelineGrace = 5
        (expected.jobs.maxSessionBytes, expected.jobs.maxSessionFiles) = (5_000_000, 200)
        (expected.disk.reserveBytes, expected.disk.reserveFiles) = (12, 34)
        expected.jobs.duplicateWindow = 60
        expected.steps.parallel = 4
        let retry = RetryPolicy(
            attempts: 7, maxElapsed: .seconds(90),
            backoff: Backoff(
                .fibonacci, initial: .seconds(0.25), factor: 3, limit: .seconds(6),
                jitter: .proportional(0.25)),
            rules: RetryRules(
                retry: FailurePattern(
                    kinds: [.unavailable], codes: ["x"], exitStatuses: [1], httpStatuses: [429],
                    signals: [11]), never: FailurePattern(codes: ["timeout"])),
            retryAfterLimit: .seconds(50))
        expected.retry = .init(preset: .network, policy: retry)
        expected.breaker.settings = BreakerSettings(
            consecutiveFailures: 7, quota: .init(failures: 3, of: 9), failureRate: 0.25,
            slowRate: 0.75, minimumCalls: 20, window: .calls(30), slowAfter: .seconds(5),
            openFor: .seconds(10), openGrowth: 2, openLimit: .seconds(80), jitter: .equal,
            probes: 4, successes: 2, probeLimit: .seconds(900), halfOpenLimit: .seconds(70))
        expected.breaker.counted = FailurePattern(codes: ["timeout"])
        var ambient = ProviderPolicy(
            retry: retry,
            budget: .init(ratio: 0.5, minimumPerSecond: 0.25, capacity: 8),
            hedge: Hedge(delay: .seconds(1.5), extra: 2), bulkhead: .init(limit: 3, queue: 4),
            rate: .init(perSecond: 1, perMinute: 5, perDay: 99, maxWait: .seconds(2)),
            breaker: expected.breaker.settings, counted: expected.breaker.counted,
            attemptTimeout: .seconds(9))
        ambient.retry.attempts = 2
        ambient.breaker.consecutiveFailures = nil
        ambient.breaker.window = .time(.seconds(40))
        let primary = ProviderPolicy(
            retry: RetryPreset.fast.policy, breaker: expected.breaker.settings,
            counted: expected.breaker.counted)
        expected.providers = ["ambient": ambient, "primary": primary]
        (expected.tools.path, expected.tools.grace) = (["/opt/bin"], 1.5)
        expected.tools.environment = ToolEnvironment([
            "HTTPS_PROXY": .passedOn, "mode": .text("a b"),
        ])
        expected.retention.interval = 60
        (expected.retention.age, expected.retention.count) = (1, 2)
        (expected.retention.bytes, expected.retention.directories) = (3, ["audio": 4])
        expected.retention.jobFilesAge = 5
        expected.video.musicDirectories = ["/srv/music"]
        expected.video.imageDirectories = ["/srv/a", "/srv/b"]
        expected.video.encoder = .small
        (expected.tools.logLimit, expected.tools.outputLimit) = (2048, 3_000_000)
        var stepRetry = retry
        stepRetry.attempts = 4
        expected.pipelines["own"] = CommandPipeline(steps: [
            .init(name: "a", command: ["/bin/true", "", "{out}"]),
            .init(
                name: "b", providers: [.init(command: ["b"])], needs: [], timeout: 1.5,
                credentials: ["k.1", "T"]),
            .init(
                name: "c",
                providers: [
                    .init(name: "primary", command: ["p"]), .init(name: "backup", command: ["q"]),
                ], stepTimeout: 8, retry: stepRetry),
        ])
        expected.pipelines["more"] = CommandPipeline(
            steps: [.init(name: "crop", command: ["crop", "{video}"])], isAfterVideo: true)
        expected.hooks.done = [.init(name: "deliver", command: ["cp", "{video}", "/srv"])]
        expected.hooks.failed = [.init(name: "mail", command: ["mail", "{receipt}"], needs: [])]
        expected.hooks.rejected = [.init(name: "mail", command: ["mail", "{receipt}"], timeout: 9)]
        expected.hooks.patience = 60
        #expect(expected.policies.policy(for: "primary") == primary)
        #expect(expected.policies.policy(for: "backup").retry == retry)
        let read = try Configuration(decoding: Array(text.utf8))
        #expect(read == expected)
        // What is in effect, written down, is the same again.
        #expect(try Configuration(decoding: Array(read.effective().utf8)) == expected)
    }

    @Test func variablesToPassOnMayBeNamedAlone() throws {
        let text = "{tools: {environment: [\"HTTPS_PROXY\", \"no_proxy\"]}}"
        let environment = try Configuration(decoding: Array(text.utf8)).tools.environment
        #expect(environment.variables == ["HTTPS_PROXY": .passedOn, "no_proxy": .passedOn])
    }

    @Test func whatIsInEffectByDefaultIsTheDefault() throws {
        let text = try Configuration().effective()
        #expect(try Configuration(decoding: Array(text.utf8)) == Configuration())
    }

    @Test(arguments: [
        ("{root: \"relative\"}", "$.root"), ("{root: \"\"}", "$.root"), ("{root: 1}", "$.root"),
        ("{root: \"/a\\u0000\"}", "$.root"), ("{log_level: \"loud\"}", "$.log_level"),
        ("{inbox: []}", "$.inbox"), ("{inbox: {quiet_time: 3601}}", "$.inbox.quiet_time"),
        ("{inbox: {scan_interval: 0}}", "$.inbox.scan_interval"),
        ("{inbox: {quiet: 1}}", "$.inbox.quiet"),
        ("{jobs: {parallel: 0}}", "$.jobs.parallel"),
        ("{jobs: {parallel: 1.5}}", "$.jobs.parallel"),
        ("{jobs: {drain_time: -1}}", "$.jobs.drain_time"),
        ("{jobs: {max_session_bytes: 1000}}", "$.jobs.max_session_bytes"),
        ("{jobs: {max_session_files: 1}}", "$.jobs.max_session_files"),
        ("{jobs: {ageing: 0}}", "$.jobs.ageing"),
        ("{jobs: {pipeline_grace: -1}}", "$.jobs.pipeline_grace"),
        ("{jobs: {user_limits: {running: -1}}}", "$.jobs.user_limits.running"),
        ("{jobs: {user_limits: {jobs: 1}}}", "$.jobs.user_limits.jobs"),
        ("{disk: {reserve_bytes: -1}}", "$.disk.reserve_bytes"),
        ("{disk: {reserve_files: 0.5}}", "$.disk.reserve_files"),
        ("{jobs: {duplicate_window: -1}}", "$.jobs.duplicate_window"),
        ("{steps: {parallel: 1001}}", "$.steps.parallel"),
        ("{tools: {path: []}}", "$.tools.path"),
        ("{tools: {path: [\"/a\", \"b\"]}}", "$.tools.path[1]"),
        ("{tools: {grace: 3601}}", "$.tools.grace"),
        ("{tools: {log_limit: 1000}}", "$.tools.log_limit"),
        ("{tools: {output_limit: 1000}}", "$.tools.output_limit"),
        ("{tools: {environment: \"A\"}}", "$.tools.environment"),
        ("{tools: {environment: [\"A=b\"]}}", "$.tools.environment[0]"),
        ("{tools: {environment: {\"1\": \"b\"}}}", "$.tools.environment.1"),
        ("{tools: {environment: {A: 1}}}", "$.tools.environment.A"),
        ("{tools: {environment: {A: \"\\u0000\"}}}", "$.tools.environment.A"),
        ("{tools: {environment: {PATH: null}}}", "$.tools.environment.PATH"),
        ("{tools: {environment: [\"REELD_RUN\"]}}", "$.tools.environment[0]"),
        (
            "{tools: {environment: [\"CREDENTIALS_DIRECTORY\"]}}", "$.tools.environment[0]"
        ),
        ("{retention: {interval: 0}}", "$.retention.interval"),
        ("{retention: {age: -1}}", "$.retention.age"),
        ("{retention: {count: 1.5}}", "$.retention.count"),
        ("{retention: {bytes: \"1G\"}}", "$.retention.bytes"),
        ("{retention: {directories: []}}", "$.retention.directories"),
        (
            "{retention: {directories: {final_output: 1}}}",
            "$.retention.directories.final_output"
        ),
        ("{retention: {directories: {audio: 0}}}", "$.retention.directories.audio"),
        ("{retention: {job_files_age: \"30d\"}}", "$.retention.job_files_age"),
        ("{video: {music_directories: [\"~/m\"]}}", "$.video.music_directories[0]"),
        ("{video: {image_directories: [\"m\"]}}", "$.video.image_directories[0]"),
        ("{video: {encoder: \"slow\"}}", "$.video.encoder"),
        ("{pipelines: {Video: {steps: []}}}", "$.pipelines.Video"),
        ("{pipelines: {video: {steps: []}}}", "$.pipelines.video"),
        ("{pipelines: {own: {}}}", "$.pipelines.own"),
        ("{pipelines: {own: {steps: []}}}", "$.pipelines.own.steps"),
        ("{pipelines: {own: {steps: [{}]}}}", "$.pipelines.own.steps[0]"),
        (step("name: \"A b\", command: [\"x\"]"), "$.pipelines.own.steps[0].name"),
        (step("name: \"a\", command: []"), "$.pipelines.own.steps[0].command"),
        (step("name: \"a\", command: [\"\"]"), "$.pipelines.own.steps[0].command"),
        (step("name: \"a\", command: [\"x\", 1]"), "$.pipelines.own.steps[0].command[1]"),
        (step("name: \"a\", command: [\"x\\u0000\"]"), "$.pipelines.own.steps[0].command[0]"),
        (step("name: \"a\", command: [\"x\"], timeout: 0"), "$.pipelines.own.steps[0].timeout"),
        (step("name: \"a\", command: [\"x\"], needs: \"b\""), "$.pipelines.own.steps[0].needs"),
        (step("name: \"a\", command: [\"x\"], shell: true"), "$.pipelines.own.steps[0].shell"),
        (
            step("name: \"a\", command: [\"x\"], credentials: [\"../x\"]"),
            "$.pipelines.own.steps[0].credentials[0]"
        ),
        (
            step("name: \"a\", command: [\"x\"], credentials: [\"x\", \"x\"]"),
            "$.pipelines.own.steps[0].credentials[1]"
        ),
        (step("name: \"a\", command: [\"x\"], needs: [\"b\"]"), "$.pipelines.own.steps"),
        ("{pipelines: {own: {after: \"copy\", steps: []}}}", "$.pipelines.own.after"),
        (
            "{pipelines: {own: {after: \"video\", steps: [{name: \"clip-1\", command: [\"x\"]}]}}}",
            "$.pipelines.own.steps[0]"
        ),
        ("{on: {cancelled: []}}", "$.on.cancelled"), ("{on: {patience: -1}}", "$.on.patience"),
        ("{on: {done: [{name: \"a.b\", command: [\"x\"]}]}}", "$.on.done[0].name"),
        ("{on: {failed: [{name: \"a\", command: [\"x\", \"-{video}\"]}]}}", "$.on.failed"),
        (
            "{on: {rejected: [{name: \"a\", needs: [\"b\"], command: [\"x\"]}]}}",
            "$.on.rejected"
        ),
        (
            "{pipelines: {own: {steps: [{name: \"a\", command: [\"x\"]}, {name: \"a\", command: [\"x\"]}]}}}",
            "$.pipelines.own.steps[1]"
        ),
        ("{verbose: true}", "$.verbose"), ("{jobs: null}", "$.jobs"),
        ("{jobs: {}, jobs: {}}", "$.jobs"), ("[]", "$"), ("", "$"),
    ])
    func everyErrorNamesThePath(_ text: String, _ path: String) throws {
        let error = try #require(fault(text), "it was taken: \(text)")
        #expect(error.path == path, "\(error)")
        #expect(error.description.contains("line 1, column"))
    }

    private static func step(_ fields: String) -> String {
        "{pipelines: {own: {steps: [{\(fields)}]}}}"
    }
}

/// Holds `Config/reeld.json5` and the defaults together.
@Suite struct ConfigurationExampleTests {
    private func example() throws -> String {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Config/reeld.json5")
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test func saysTheDefaults() throws {
        #expect(try Configuration(decoding: Array(example().utf8)) == Configuration())
    }

    @Test func saysEveryOption() throws {
        let node = try JSONNode(parsing: Array(example().utf8), dialect: .json5)
        let effective = try JSONNode(
            parsing: Array(Configuration().effective().utf8), dialect: .json5)
        #expect(keys(node) == keys(effective))
        #expect(keys(node).count > 25)
    }

    private func keys(_ node: JSONNode, _ prefix: String = "") -> Set<String> {
        guard case .object(let members) = node.value else { return [] }
        return members.reduce(into: []) { all, member in
            all.insert(prefix + member.key)
            all.formUnion(keys(member.node, "\(prefix)\(member.key)."))
        }
    }

    @Test func itsPipelinesWorkWhenTheirCommentsAreTaken() throws {
        let lines = try example().split(separator: "\n").map(String.init)
        let start = try #require(lines.firstIndex { $0.hasPrefix("  pipelines: {") })
        let end = try #require(lines[start...].firstIndex(of: "  },"))
        let text = (lines[start...end] + ["}"]).map {
            $0.hasPrefix("    //") ? String($0.dropFirst(6)) : $0
        }
        let pipelines = try Configuration(
            decoding: Array(("{" + text.joined(separator: "\n")).utf8)
        ).pipelines
        #expect(pipelines.keys.sorted() == ["copy", "square", "thumbnails"])
        #expect(
            pipelines["copy"]?.steps.first?.providers.first?.command == [
                "/usr/bin/cp", "{job}", "{out}/job.json",
            ])
    }
}

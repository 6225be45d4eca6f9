import Core
import Testing

@testable import Pipeline

@Suite struct CommandPipelineTests {
    private func fault(_ steps: CommandPipeline.Step...) -> String? {
        do throws(Failure) { try CommandPipeline(steps: steps).validate() } catch {
            return error.subject
        }
        return nil
    }

    @Test(arguments: [
        ("{out}", "O"), ("a{job}b{out}c", "aJbOc"), ("{job}{job}", "JJ"),
        ("{nothing}", "{nothing}"),
        ("{{out}}", "{O}"), ("{ou", "{ou"), ("", ""), ("{out", "{out"),
    ])
    func replacesPlaceholders(_ text: String, _ result: String) {
        let values = ["{job}": "J", "{out}": "O", "{session}": "S"]
        #expect(CommandPipeline.Step.substituting(values, in: text) == result)
    }

    @Test func neverSearchesAValueForPlaceholders() {
        let values = ["{job}": "{out}", "{out}": "{job}", "{session}": "{se"]
        #expect(CommandPipeline.Step.substituting(values, in: "{job}{out}") == "{out}{job}")
        #expect(CommandPipeline.Step.substituting(values, in: "{session}ssion}") == "{session}")
    }

    @Test func aStepWaitsForTheOneBeforeItUnlessItSaysOtherwise() async throws {
        let sandbox = try await PipelineSandbox()
        let pipeline = CommandPipeline(steps: [
            .init(name: "a", command: ["true"]), .init(name: "b", command: ["true"]),
            .init(name: "c", command: ["true"], needs: []),
            .init(name: "d", command: ["true"], needs: ["a", "c"], timeout: 7),
        ])
        let steps = try pipeline.definition("own")
            .steps(SessionView(sandbox.session), [])
        #expect(steps.map(\.needs) == [[], ["a"], [], ["a", "c"]])
        #expect(steps.map(\.providers.first?.name) == ["own/a", "own/b", "own/c", "own/d"])
        #expect(
            steps.map(\.timeout) == [.seconds(3600), .seconds(3600), .seconds(3600), .seconds(7)])
        #expect(steps.allSatisfy { $0.retry == nil && $0.limit == nil })
    }

    @Test func validatesItsGraph() {
        #expect(fault(.init(name: "a", command: ["x"])) == nil)
        #expect(fault(.init(name: "a", command: ["x"], needs: ["b"])) == "a")
        #expect(fault(.init(name: "a", command: ["x"], needs: ["a"])) == "a")
        #expect(fault(.init(name: "a", command: ["x"]), .init(name: "a", command: ["x"])) == "a")
    }

    @Test func publishesWhatItsProgramsLeaveInTheirDirectory() async throws {
        let sandbox = try await PipelineSandbox()
        let pipeline = CommandPipeline(steps: [
            .init(name: "copy", command: ["cp", "{job}", "{out}/job.json"]),
            .init(
                name: "list",
                command: ["sh", "-c", "pwd >pwd; ls \"$1\" >list", "sh", "{session}"]),
        ])
        #expect(
            await sandbox.run(pipeline.definition("own")) == "done"
        )
        #expect(try sandbox.list("final_output") == ["job.json", "list", "pwd"])
        #expect(sandbox.text("final_output/job.json") == "{copy}")
        #expect(sandbox.text("final_output/list")?.contains("metadata\n") == true)
        #expect(
            sandbox.text("final_output/pwd")
                == "\(sandbox.session.directory.path)/.work/list\n")
    }

    @Test func aNamedProviderIsTheSameForAllSteps() async throws {
        let sandbox = try await PipelineSandbox()
        let providers: [CommandPipeline.Provider] = [
            .init(name: "first", command: ["false"]), .init(name: "second", command: ["true"]),
        ]
        let pipeline = CommandPipeline(steps: [
            .init(name: "a", providers: providers, stepTimeout: 5, retry: PipelineSandbox.retry(7)),
            .init(name: "b", providers: providers),
        ])
        #expect(pipeline.providerNames(in: "own") == ["first", "second", "first", "second"])
        let steps = try pipeline.definition("own").steps(SessionView(sandbox.session), [])
        #expect(steps.allSatisfy { $0.providers.map(\.name) == ["first", "second"] })
        #expect(steps[0].limit == .seconds(5) && steps[0].retry?.attempts == 7)
    }

    @Test func anEmptyCommandFails() async throws {
        let sandbox = try await PipelineSandbox()
        let pipeline = CommandPipeline(steps: [.init(name: "a", command: [])])
        #expect(
            await sandbox.run(pipeline.definition("own"))
                == "failed a: broken_pipeline")
    }
}

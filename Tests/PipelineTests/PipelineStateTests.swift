import Core
import Resilience
import TestSupport
import Testing

@testable import Pipeline

@Suite struct PipelineStateTests {
    private func step(_ name: String, _ needs: String..., urgency: Int = 0) -> Step {
        Step(
            name, needs: needs, providers: [], timeout: .zero,
            retry: PipelineSandbox.retry(1), urgency: urgency)
    }

    private func ready(_ state: inout PipelineState) -> [String] { state.takeReady().map(\.name) }

    private func fault(_ steps: [Step]) -> String? {
        var state = PipelineState()
        do throws(Failure) { try state.define(steps) } catch {
            return "\(error.subject): \(error.cause)"
        }
        return nil
    }

    @Test func startsStepsWhenAllTheyNeedIsFinished() throws {
        var state = PipelineState()
        try state.define([step("d", "b", "c"), step("b", "a"), step("c", "a"), step("a")])
        #expect(ready(&state) == ["a"])
        #expect(ready(&state).isEmpty, "it runs already")
        state.finish("a")
        #expect(ready(&state) == ["b", "c"])
        state.finish("c")
        #expect(ready(&state).isEmpty)
        state.finish("b")
        #expect(ready(&state) == ["d"])
        #expect(!state.isFinished)
        state.finish("d")
        #expect(state.isFinished && state.finished == ["a", "b", "c", "d"])
        #expect(state.plan == ["d", "b", "c", "a"])
    }

    @Test func theMostUrgentGoFirstThenThoseDefinedFirst() throws {
        var state = PipelineState()
        try state.define([
            step("a"), step("b", urgency: 2), step("c", urgency: -1), step("d", urgency: 2),
            step("e"),
        ])
        #expect(ready(&state) == ["b", "d", "a", "e", "c"])
    }

    @Test func refusesWhatCannotBeOrdered() {
        #expect(fault([step("a"), step("b", "a")]) == nil)
        #expect(fault([step("a"), step("a")]) == "a: two steps have that name")
        #expect(
            fault([step("a", "x")]) == "a: it needs the step 'x', which there is not")
        #expect(fault([step("a", "a")]) == "a: its needs lead back to itself")
        #expect(
            fault([step("r"), step("a", "b"), step("b", "c"), step("c", "a")])
                == "a: its needs lead back to itself")
    }

    @Test func growsAsMoreIsKnown() throws {
        var state = PipelineState()
        try state.define([step("script")])
        _ = state.takeReady()
        state.finish("script")
        try state.define([step("script"), step("scene-1", "script"), step("cut", "scene-1")])
        #expect(ready(&state) == ["scene-1"])
        #expect(state.finished == ["script"])
        #expect(state.plan == ["script", "scene-1", "cut"])
    }

    @Test func whatIsFinishedBeforeTheStartIsNotReady() throws {
        var state = PipelineState()
        try state.define([step("a"), step("b", "a")])
        state.finish("a")
        #expect(ready(&state) == ["b"])
    }

    @Test func dependentsAreAllThatNeedThemDirectlyOrNot() throws {
        var state = PipelineState()
        try state.define([
            step("a"), step("b", "a"), step("c", "b"), step("d"), step("e", "c", "d"),
        ])
        #expect(state.dependents(of: ["b"]) == ["b", "c", "e"])
        #expect(state.dependents(of: ["d"]) == ["d", "e"])
        #expect(state.dependents(of: []).isEmpty)
    }

    /// Random graphs without circles, finished in random order, next to definitions by recursion.
    @Test(arguments: 0..<40 as Range<UInt64>) func behavesAsItsModel(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...12, using: &generator)
        var needs: [String: [String]] = [:]
        for index in 0..<count {
            needs["\(index)"] = (0..<index).filter { _ in
                Int.random(in: 0..<4, using: &generator) == 0
            }.map { "\($0)" }
        }
        let steps = needs.keys.sorted().shuffled(using: &generator).map { name in
            Step(
                name, needs: needs[name] ?? [], providers: [], timeout: .zero,
                retry: PipelineSandbox.retry(1))
        }
        func isAffected(_ name: String, by names: Set<String>) -> Bool {
            names.contains(name) || (needs[name] ?? []).contains { isAffected($0, by: names) }
        }
        var state = PipelineState()
        try state.define(steps)
        let changed = Set(needs.keys.filter { _ in Bool.random(using: &generator) })
        #expect(
            state.dependents(of: changed)
                == Set(needs.keys.filter { isAffected($0, by: changed) }))

        var (running, finished): (Set<String>, Set<String>) = ([], [])
        while finished.count < count {
            let expected = needs.keys.filter { name in
                !running.contains(name) && !finished.contains(name)
                    && (needs[name] ?? []).allSatisfy(finished.contains)
            }
            #expect(Set(ready(&state)) == Set(expected))
            running.formUnion(expected)
            let next = try #require(running.sorted().randomElement(using: &generator))
            running.remove(next)
            finished.insert(next)
            state.finish(next)
            #expect(state.finished == finished)
            #expect(state.isFinished == (finished.count == count))
        }
    }
}

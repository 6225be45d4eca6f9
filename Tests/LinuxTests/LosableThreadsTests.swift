@preconcurrency import Dispatch
import Testing

@testable import Linux

@Suite struct LosableThreadsTests {
    private let gate = DispatchSemaphore(value: 0)
    private let short = Duration.milliseconds(20)
    private let long = Duration.seconds(600)

    private func text(_ ending: LosableThreads.Ending<String>) -> String {
        switch ending {
        case .returned(let text): text
        default: "\(ending)"
        }
    }

    /// Loses a thread that waits at the gate.
    private func lose(_ threads: LosableThreads, about place: String) async -> String {
        text(
            await threads.run(about: place, patience: short) { [gate] _ in
                gate.wait()
                return "late"
            })
    }

    private func call(_ threads: LosableThreads, about place: String) async -> String {
        text(await threads.run(about: place, patience: long) { _ in "done" })
    }

    private func waitUntilNoneIsLost(_ threads: LosableThreads) async {
        while threads.countOfLost > 0 { await Task.yield() }
    }

    @Test func whatHangsIsGivenUp() async {
        let threads = LosableThreads(most: 4)
        #expect(await call(threads, about: "/a") == "done")
        #expect(await lose(threads, about: "/a") == "silent")
        #expect(threads.countOfLost == 1)
        // No other thread is lost about the same place, and other places do as before.
        #expect(await call(threads, about: "/a") == "refused")
        #expect(await call(threads, about: "/b") == "done")
        gate.signal()
        await waitUntilNoneIsLost(threads)
        #expect(await call(threads, about: "/a") == "done")
    }

    @Test func noMoreAreLostThanMay() async {
        let threads = LosableThreads(most: 2)
        #expect(await lose(threads, about: "/a") == "silent")
        #expect(await lose(threads, about: "/b") == "silent")
        #expect(await call(threads, about: "/c") == "refused")
        gate.signal()
        gate.signal()
        await waitUntilNoneIsLost(threads)
        #expect(await call(threads, about: "/c") == "done")
    }

    @Test func whoIsCancelledDoesNotWait() async {
        let threads = LosableThreads(most: 2)
        let begun = DispatchSemaphore(value: 0)
        let task = Task { [gate, long] in
            await threads.run(about: "/a", patience: long) { _ in
                begun.signal()
                gate.wait()
                return "late"
            }
        }
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                begun.wait()
                continuation.resume()
            }
        }
        task.cancel()
        #expect(text(await task.value) == "cancelled")
        gate.signal()
        await waitUntilNoneIsLost(threads)
    }

    /// A beat begins the time anew: this takes twice as long as may be silent. Where the thread does not
    /// come to beat it is given up, and another tries.
    @Test func whoeverIsHeardOfIsNotGivenUp() async {
        let patience = Duration.milliseconds(200)
        var ending = ""
        while ending != "done" {
            ending = text(
                await LosableThreads(most: 1).run(about: "/a", patience: patience) { pulse in
                    let end = ContinuousClock.now + patience * 2
                    while .now < end { pulse.beat() }
                    return "done"
                })
        }
    }
}

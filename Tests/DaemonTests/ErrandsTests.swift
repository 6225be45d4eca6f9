@preconcurrency import Dispatch
import Synchronization
import Testing

@testable import Daemon

@Suite struct ErrandsTests {
    /// While one is stuck, however much is asked for, only the last is done after it; and nothing of
    /// another name waits for it.
    @Test func theLastThatWasWantedIsWhatIsDone() async {
        let (errands, gate) = (Errands(), DispatchSemaphore(value: 0))
        let began = Atomic(false)
        let done = Mutex<[Int]>([])
        errands.run("a") {
            began.store(true, ordering: .sequentiallyConsistent)
            gate.wait()
            done.withLock { $0.append(0) }
        }
        while !began.load(ordering: .sequentiallyConsistent) { await Task.yield() }
        for number in 1...100 { errands.run("a") { done.withLock { $0.append(number) } } }
        await withCheckedContinuation { continuation in
            errands.run("b") { continuation.resume() }
        }
        #expect(done.withLock { $0 } == [])
        gate.signal()
        await errands.finish()
        #expect(done.withLock { $0 } == [0, 100])
    }
}

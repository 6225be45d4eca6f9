import Linux
import Synchronization

/// Things to write down beside the loop, one at a time for each name. What is wanted while one is under way
/// comes after it, and of several such only the last, so that a disk that stalls heaps nothing up.
final class Errands: Sendable {
    private struct Slot {
        var next: (@Sendable () -> Void)?
        var task: Task<Void, Never>
    }

    private let slots = Mutex<[String: Slot]>([:])

    /// Does it, now or after what of that name is under way.
    func run(_ name: String, _ body: @escaping @Sendable () -> Void) {
        slots.withLock { slots in
            guard slots[name] == nil else {
                slots[name]?.next = body
                return
            }
            let task = Task(executorPreference: BlockingExecutor.upkeep) {
                self.work(name, body)
            }
            slots[name] = Slot(next: nil, task: task)
        }
    }

    private func work(_ name: String, _ first: @Sendable () -> Void) {
        first()
        while let next = next(name) { next() }
    }

    private func next(_ name: String) -> (@Sendable () -> Void)? {
        slots.withLock { slots in
            let next = slots[name]?.next
            if next == nil { slots[name] = nil } else { slots[name]?.next = nil }
            return next
        }
    }

    /// Returns when nothing is under way.
    func finish() async {
        while let task = slots.withLock({ $0.values.first?.task }) { await task.value }
    }
}

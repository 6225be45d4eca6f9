import Synchronization

/// Numbers one after another; the last for ever, or random ones if there are none.
final class Numbers: Sendable {
    private let rest: Mutex<[UInt32]>

    init(_ numbers: [UInt32]) { rest = Mutex(numbers.reversed()) }

    func next() -> UInt32 {
        rest.withLock { rest in
            if rest.count > 1 { return rest.removeLast() }
            return rest.last ?? .random(in: .min ... .max)
        }
    }
}

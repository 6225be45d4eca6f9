import Core
import Glibc
import Linux
import Synchronization

/// Numbers the claims of a root in their order, whatever the clocks say.
///
/// `state/arrivals` has a number that none has yet. It is written for many at once, durably before the
/// first of them is given, so a crash leaves some out and gives none twice.
final class ArrivalCounter: Sendable {
    private static let fileName: FileName = "arrivals"
    private static let block = 1000

    private let state: Directory
    private let outputs: Directory
    /// The next number, and the first that is not to be given yet; empty before the first is asked for.
    private let numbers = Mutex(0..<0)

    /// Counts for the sessions in `outputs`.
    init(state: Directory, outputs: Directory) {
        self.state = state
        self.outputs = outputs
    }

    /// The next number.
    func next() throws(SystemError) -> Int {
        try numbers.withLock { (numbers) throws(SystemError) in
            if numbers.isEmpty {
                let first = try numbers.upperBound > 0 ? numbers.upperBound : firstFree()
                try state.write(
                    Array("\(first + Self.block)\n".utf8), to: Self.fileName, by: "arrivals.new",
                    in: state)
                try state.sync()
                numbers = first..<(first + Self.block)
            }
            return numbers.removeFirst()
        }
    }

    private func firstFree() throws(SystemError) -> Int {
        do throws(SystemError) {
            let text = String(
                decoding: try state.open(entry: Self.fileName).read(limit: 32), as: UTF8.self)
            if let number = Int(text.prefix { $0.isNumber }), number > 0 { return number }
        } catch {
            guard error.isNoEntry else { throw error }
        }
        return try afterTheLatest()
    }

    /// Where the file is gone, the sessions have to tell; those that came last are among the last by
    /// their names, unless a clock was very wrong.
    private func afterTheLatest() throws(SystemError) -> Int {
        let sessions = try outputs.entries().compactMap { $0.text.flatMap { SessionID($0) } }
        let numbers = sessions.sorted().suffix(Self.block).compactMap {
            SessionRecord.arrival(of: $0, in: outputs)
        }
        return (numbers.max() ?? 0) + 1
    }
}

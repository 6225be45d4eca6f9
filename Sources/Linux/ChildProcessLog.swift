import Glibc
import Synchronization

/// Takes what a child says from its pipe to its log: all of it if it is short, otherwise how it began
/// and how it ended, with a line between them that says how much was left out.
///
/// The child never waits for long, and neither the file nor the memory grows with what it says. A
/// process that keeps the pipe open keeps nobody waiting: the end is told to it, not looked for.
final class ChildProcessLog: Sendable {
    private struct State {
        /// How many bytes were read.
        var count = 0
        /// What of the end may have to be written, and more before it.
        var tail: [UInt8] = []
        /// The last byte written was a line feed.
        var endsLine = true
        var failure: SystemError?
        /// What would be in the log, if there is none.
        var said: [UInt8] = []
    }

    /// The most that is read at once, before other events of the child are looked at, and at the end:
    /// as much as a pipe can hold that a child enlarged. See fcntl(2), F_SETPIPE_SZ.
    private static let portion = 1 << 20
    private static let chunk = 1 << 16

    private let path: String
    private let reader: OwnedFile
    private let file: OwnedFile?
    private let half: Int
    private let most: Int
    private let state = Mutex(State())

    init(_ command: ChildProcess.Command, reader: consuming OwnedFile) throws(SystemError) {
        path = command.standardError ?? ""
        self.reader = reader
        if let path = command.standardError {
            // O_NONBLOCK: opening a FIFO put in the log's place must not wait for a reader.
            file = try OwnedFile(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
        } else {
            file = nil
        }
        half = command.limits.log / 2
        most = command.limits.output
    }

    /// The descriptor of the pipe, to be waited for; see poll(2).
    var input: Int32 { reader.number }

    /// What a look at the pipe found.
    enum Found { case some, end, tooMuch }

    /// Reads what there is, up to a portion.
    func read() -> Found {
        state.withLock { state in
            withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
                var portion = Self.portion
                while portion > 0 {
                    let count = Glibc.read(reader.number, buffer.baseAddress, buffer.count)
                    if count < 0 && errno == EINTR { continue }
                    if count == 0 { return .end }
                    guard count > 0 else { break }
                    portion -= count
                    take(UnsafeRawBufferPointer(rebasing: buffer[..<count]), &state)
                }
                return state.count > most ? .tooMuch : .some
            }
        }
    }

    /// Reads the rest, writes what is still to be written, and says why the log is not complete if
    /// it could not be written.
    func finish() -> SystemError? {
        _ = read()
        return state.withLock { state in
            let omitted = state.count - half - min(half, state.tail.count)
            if omitted > 0 {
                let line = "[bytes left out here: \(omitted)]\n"
                write(Array(((state.endsLine ? "" : "\n") + line).utf8), &state)
            }
            write(Array(state.tail.suffix(half)), &state)
            state.tail = []
            return state.failure
        }
    }

    /// What it said, if that is in no file; whole when `finish` has returned.
    var said: [UInt8] { state.withLock { $0.said } }

    private func take(_ bytes: UnsafeRawBufferPointer, _ state: inout State) {
        let direct = min(bytes.count, max(0, half - state.count))
        state.count += bytes.count
        if direct > 0 { write(Array(bytes[..<direct]), &state) }
        let rest = UnsafeRawBufferPointer(rebasing: bytes[direct...])
        if state.tail.count + rest.count > 2 * half + Self.chunk {
            state.tail.removeFirst(max(0, state.tail.count - half))
        }
        state.tail.append(contentsOf: rest)
    }

    private func write(_ bytes: [UInt8], _ state: inout State) {
        guard !bytes.isEmpty, state.failure == nil else { return }
        state.endsLine = bytes.last == UInt8(ascii: "\n")
        let target: Int32
        switch file {
        case .some(let file): target = file.number
        case .none:
            state.said += bytes
            return
        }
        var done = 0
        while done < bytes.count {
            let written = bytes.withUnsafeBytes { bytes in
                Glibc.write(target, bytes.baseAddress.map { $0 + done }, bytes.count - done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                state.failure = SystemError("write", path)
                return
            }
            done += written
        }
    }
}

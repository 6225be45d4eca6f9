import Core
@preconcurrency import Dispatch
import Glibc

/// Tells when to look at a directory. What it says is a hint: the directory is the truth.
///
/// See inotify(7). Armed before the first scan, it misses nothing; what it cannot tell (an
/// overflow, a mount over the directory) has to be found by looking now and then.
public final class DirectoryWatch: Sendable {
    /// A reason to look.
    public enum Hint: Hashable, Sendable {
        /// An entry was made, changed or completed.
        case look(FileName)
        /// An entry was renamed to this name, so its bytes were there before its name.
        case renamedIn(FileName)
        /// More happened than the kernel could remember.
        case lookAtAll
        /// Something happened in the second directory.
        case second
        /// The directory is gone, moved or unmounted; this watch says no more.
        case gone
    }

    /// The hints, in the order of what happened.
    public let hints: AsyncStream<Hint>

    private let source: any DispatchSourceRead

    /// Which directory is watched besides, if one is.
    public let second: FileStatus.Identity?

    /// Watches `directory` itself, whatever its path leads to later. Of a second one it only says that
    /// there is something to look at: inotify instances are few, and shared by all of a user's
    /// programs. See inotify(7), "/proc interfaces".
    public init(_ directory: Directory, and second: Directory? = nil) throws(SystemError) {
        let number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { throw SystemError("inotify_init1", directory.path) }
        let events =
            IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
            | IN_UNMOUNT | IN_ONLYDIR
        let place = "/proc/self/fd/\(directory.number)"
        let own = inotify_add_watch(number, place, UInt32(events))
        guard own >= 0 else {
            let error = SystemError("inotify_add_watch", directory.path)
            close(number)
            throw error
        }
        // IN_DELETE_SELF comes when nobody has the directory open any more, and we do: that it was
        // removed is told by the one it was in. Where that may not be watched, by looking.
        let above = UInt32(IN_DELETE | IN_ONLYDIR) | UInt32(IN_MASK_ADD)
        _ = inotify_add_watch(number, "\(place)/..", above)
        let changes = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR
        let other = second.map {
            inotify_add_watch(number, "/proc/self/fd/\($0.number)", UInt32(changes))
        }
        self.second = other.map { $0 >= 0 } == true ? second?.identity : nil
        let (stream, continuation) = AsyncStream<Hint>.makeStream()
        hints = stream
        source = DispatchSource.makeReadSource(
            fileDescriptor: number, queue: DispatchQueue(label: "reeld.watch"))
        source.setEventHandler {
            for hint in Self.read(number, own, other, directory) { continuation.yield(hint) }
        }
        source.setCancelHandler {
            close(number)
            continuation.finish()
        }
        source.resume()
    }

    deinit { source.cancel() }

    /// Takes what there is to read. A record is its header and a name padded with NULs.
    private static func read(
        _ number: Int32, _ own: Int32, _ other: Int32?, _ directory: Directory
    ) -> [Hint] {
        var hints: [Hint] = []
        let header = MemoryLayout<inotify_event>.size
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 8) { buffer in
            while true {
                let count = Glibc.read(number, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                var offset = 0
                while offset + header <= count {
                    let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                    let name = buffer[(offset + header)..<(offset + header + Int(event.len))]
                    if let other, event.wd == other {
                        if hints.last != .second { hints.append(.second) }
                    } else if event.wd == own || event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                        hints += hint(event.mask, name.prefix { $0 != 0 })
                    } else if directory.isRemoved {
                        hints.append(.gone)
                    }
                    offset += header + Int(event.len)
                }
            }
        }
        return hints
    }

    private static func hint(_ mask: UInt32, _ name: some Sequence<UInt8>) -> [Hint] {
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { return [.lookAtAll] }
        let gone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED
        if mask & UInt32(gone) != 0 { return [.gone] }
        guard let name = FileName(bytes: name) else { return [] }
        return mask & UInt32(IN_MOVED_TO) != 0 ? [.renamedIn(name)] : [.look(name)]
    }
}

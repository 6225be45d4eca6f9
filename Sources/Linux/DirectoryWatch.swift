import Core
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Tells when to look at a directory. What it says is a hint: the directory is the truth.
///
/// However much happens there, it remembers a bounded number of names, each once, and wakes whoever
/// listens once until they are taken. What is more than that is one hint: to look at everything.
///
/// See inotify(7). Armed before the first scan, it misses nothing; what it cannot tell (a mount over
/// the directory) has to be found by looking now and then.
public final class DirectoryWatch: Sendable {
    /// What there is to look at.
    public struct Hints: Hashable, Sendable {
        /// The entries that were made, changed or completed; true for one that was renamed to its
        /// name, so that its bytes were there before.
        public internal(set) var names: [FileName: Bool] = [:]
        /// The entries of the second directory that were made or changed, the first to come first,
        /// and of those that were removed the ones that were asked for.
        public internal(set) var others: [FileName] = []
        /// More happened than is remembered: everything is to be looked at, in both.
        public internal(set) var isOverflown = false
        /// The directory is gone, moved or unmounted; this watch says no more of it.
        public internal(set) var isGone = false

        /// Nothing.
        public init() {}

        /// Whether there is nothing to look at.
        public var isEmpty: Bool {
            names.isEmpty && others.isEmpty && !isOverflown && !isGone
        }
    }

    /// How many names are remembered of each directory.
    static let mostNames = 1024
    /// What one read(2) takes.
    private static let bufferSize = 65_536
    /// So many events in such a time are a flood. Then the next are left for a while to the kernel's queue,
    /// which is bounded as well: whatever they are about is looked at once for all of them.
    private static let flood = (events: 1000, within: Duration.milliseconds(100))
    /// How long, in microseconds.
    private static let floodPause: UInt32 = 20_000

    private struct State {
        var hints = Hints()
        var others: Set<FileName> = []

        mutating func noteOther(_ name: FileName) {
            guard !hints.isOverflown, others.insert(name).inserted else { return }
            hints.others.append(name)
            if others.count > DirectoryWatch.mostNames { hints.overflow() }
        }
    }

    private let state = Mutex(State())
    private let source: any DispatchSourceRead

    /// Which directory is watched besides, if one is.
    public let second: FileStatus.Identity?

    /// Watches `directory` itself, whatever its path leads to later, and a second one with it: inotify
    /// instances are few, and shared by all of a user's programs. See inotify(7), "/proc interfaces".
    ///
    /// - Parameters:
    ///   - removed: the entries of the second one whose removal is worth a hint.
    ///   - wake: called when there is something to be taken, once until it is.
    public init(
        _ directory: Directory, and second: Directory? = nil,
        removalsOf removed: Set<FileName> = [],
        wake: @escaping @Sendable () -> Void
    ) throws(SystemError) {
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
        var changes = IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR
        if !removed.isEmpty { changes |= IN_MOVED_FROM | IN_DELETE }
        let other = second.map {
            inotify_add_watch(number, "/proc/self/fd/\($0.number)", UInt32(changes))
        }
        self.second = other.map { $0 >= 0 } == true ? second?.identity : nil
        source = DispatchSource.makeReadSource(
            fileDescriptor: number, queue: DispatchQueue(label: "reeld.watch"))
        // Only the handler, which runs one at a time, counts.
        let counted = Mutex((events: 0, since: ContinuousClock.now))
        source.setEventHandler { [weak self] in
            guard let self else { return }
            let count = read(number) { mask, watch, name in
                if mask & UInt32(IN_Q_OVERFLOW) != 0 {
                    note(wake) { $0.hints.overflow() }
                } else if let other, watch == other {
                    let isRemoval = mask & UInt32(IN_MOVED_FROM | IN_DELETE) != 0
                    guard let name = FileName(bytes: name), !isRemoval || removed.contains(name)
                    else { return }
                    note(wake) { $0.noteOther(name) }
                } else if watch == own {
                    noteOwn(mask, name, wake)
                } else if directory.isRemoved {
                    note(wake) { $0.hints.isGone = true }
                }
            }
            let isFlood = counted.withLock { counted in
                let now = ContinuousClock.now
                if now - counted.since > Self.flood.within { counted = (0, now) }
                counted.events += count
                return counted.events > Self.flood.events
            }
            if isFlood { usleep(Self.floodPause) }
        }
        source.setCancelHandler { close(number) }
        source.resume()
    }

    deinit { source.cancel() }

    /// Takes what there is to look at.
    public func take() -> Hints {
        state.withLock { state in
            let hints = state.hints
            state = State()
            return hints
        }
    }

    private func noteOwn(
        _ mask: UInt32, _ name: some Sequence<UInt8>, _ wake: () -> Void
    ) {
        let gone = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED
        if mask & UInt32(gone) != 0 { return note(wake) { $0.hints.isGone = true } }
        guard let name = FileName(bytes: name) else { return }
        note(wake) { $0.hints.note(name, renamedIn: mask & UInt32(IN_MOVED_TO) != 0) }
    }

    private func note(_ wake: () -> Void, _ change: (inout State) -> Void) {
        let isFirst = state.withLock { state in
            let wasEmpty = state.hints.isEmpty
            change(&state)
            return wasEmpty && !state.hints.isEmpty
        }
        if isFirst { wake() }
    }

    /// Takes what one read gives; says how many events that were. A record is its header and a name padded
    /// with NULs.
    private func read(
        _ number: Int32, _ body: (UInt32, Int32, UnsafeRawBufferPointer.SubSequence) -> Void
    ) -> Int {
        let header = MemoryLayout<inotify_event>.size
        return withUnsafeTemporaryAllocation(byteCount: Self.bufferSize, alignment: 8) { buffer in
            let count = Glibc.read(number, buffer.baseAddress, buffer.count)
            let bytes = UnsafeRawBufferPointer(buffer)
            var (offset, events) = (0, 0)
            while offset + header <= count {
                let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let end = offset + header + Int(event.len)
                let name = bytes[(offset + header)..<end]
                body(event.mask, event.wd, name.prefix { $0 != 0 })
                offset = end
                events += 1
            }
            return events
        }
    }
}

extension DirectoryWatch.Hints {
    mutating func overflow() {
        names = [:]
        others = []
        isOverflown = true
    }

    mutating func note(_ name: FileName, renamedIn: Bool) {
        guard !isOverflown else { return }
        names[name] = renamedIn || names[name] == true
        if names.count > DirectoryWatch.mostNames { overflow() }
    }
}

import Core

/// Decides whether a file in the inbox is complete. A pure function of what was seen.
///
/// A file renamed in was complete before it had its name. One written in place is complete when
/// nobody has it open for writing; where the kernel cannot tell, when it has been quiet for a
/// time. What breaks off too early gets the quiet time as well: some writers open and close a
/// file more than once; and where nobody can tell whether there is one, it gets the patience that a
/// stalled upload needs. An empty file that was made in place waits for its bytes: it keeps that place for what is renamed
/// over it or written into it later.
public struct Settling: Hashable, Sendable {
    /// What was seen.
    public struct Observation: Hashable, Sendable {
        /// Whether the file came by a rename.
        public var renamedIn: Bool
        /// Whether no process has it open for writing; nil if the kernel cannot tell.
        public var hasNoWriter: Bool?
        /// How long it has certainly not changed.
        public var quiet: Duration
        /// Whether its bytes end before the document does.
        public var isTruncated: Bool
        /// Whether it has no bytes.
        public var isEmpty: Bool

        /// Makes an observation.
        public init(
            renamedIn: Bool, hasNoWriter: Bool?, quiet: Duration, isTruncated: Bool,
            isEmpty: Bool = false
        ) {
            self.renamedIn = renamedIn
            self.hasNoWriter = hasNoWriter
            self.quiet = quiet
            self.isTruncated = isTruncated
            self.isEmpty = isEmpty
        }
    }

    /// What to do.
    public enum Decision: Hashable, Sendable {
        /// Take its bytes as they are.
        case settled
        /// Look again after this time, or when told to.
        case wait(Duration)
    }

    /// How long a file must not change before it counts as complete.
    public var quietTime: Duration

    /// How often to ask about a writer at most, however short the quiet time.
    private static let shortestWait: Duration = .milliseconds(100)

    /// How many quiet times a writer may keep still before that is worth a word.
    private static let patienceInQuietTimes = 30

    /// How long a file may be unfinished and unchanged before that is worth a word: a minute by default.
    public var patience: Duration { max(quietTime * Self.patienceInQuietTimes, .seconds(1)) }

    /// Makes the rule.
    public init(quietTime: Duration) { self.quietTime = quietTime }

    /// Decides for one look at a file.
    public func decide(_ seen: Observation) -> Decision {
        let rest = quietTime - seen.quiet
        if seen.hasNoWriter == false {
            // That a writer closes it is told before it is closed, and of one that linked it from O_TMPFILE never.
            if seen.quiet < Self.shortestWait { return .wait(Self.shortestWait) }
            return .wait(max(rest, quietTime / 4, Self.shortestWait))
        }
        // That it is filled is told, where anything is; elsewhere it is looked at ever more rarely.
        if seen.isEmpty, !seen.renamedIn {
            return .wait(max(rest, min(seen.quiet / 2, patience), Self.shortestWait))
        }
        if seen.isTruncated, seen.hasNoWriter == nil, !seen.renamedIn, seen.quiet < patience {
            return .wait(min(patience - seen.quiet, max(quietTime, Self.shortestWait)))
        }
        if rest > .zero {
            if seen.isTruncated { return .wait(rest) }
            if seen.hasNoWriter == nil && !seen.renamedIn { return .wait(rest) }
        }
        return .settled
    }
}

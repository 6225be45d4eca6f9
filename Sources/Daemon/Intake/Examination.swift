import Core
import Linux
import Spool

/// A look at a few files of the inbox, beside the loop: they are opened and parsed, which takes as long as
/// their disk wants.
struct Examination: Sendable {
    /// A file to look at.
    struct Look: Sendable {
        var name: FileName
        /// Whether it came by a rename.
        var renamedIn: Bool
        /// The stamp with which it was found to be a job before.
        var known: UInt64?
    }

    /// Which inbox it is about: what is said of another one counts for nothing.
    var epoch: Int
    /// What looks, and remembers.
    var inbox: Inbox
    /// What is to be looked at.
    var looks: [Look]
    /// Files to forget before.
    var forgotten: [FileName] = []
    /// Files of which something was said.
    var remarked: [FileName] = []
    /// Whether to forget all that are gone.
    var isTidying = false
    /// What each is.
    private(set) var verdicts: [(name: FileName, verdict: Inbox.Verdict)] = []
    /// Which of `remarked` are not there any more.
    private(set) var gone: [FileName] = []

    init(
        epoch: Int, inbox: Inbox, looks: [Look], forgotten: [FileName], remarked: [FileName],
        isTidying: Bool
    ) {
        self.epoch = epoch
        self.inbox = inbox
        self.looks = looks
        self.forgotten = forgotten
        self.remarked = remarked
        self.isTidying = isTidying
    }

    /// Looks at all of them.
    mutating func perform() {
        for name in forgotten { inbox.forget(name) }
        if isTidying { inbox.forgetGone() }
        gone = remarked.filter { !inbox.contains($0) }
        for look in looks {
            let verdict = inbox.examine(
                look.name, renamedIn: look.renamedIn, known: look.known, instant: .now)
            verdicts.append((look.name, verdict))
        }
    }
}

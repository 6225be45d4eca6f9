import Glibc

/// The socket that systemd connected to the journal as a service's output, by its device and
/// inode numbers: the value of `$JOURNAL_STREAM`, see systemd.exec(5).
package struct JournalStream: Hashable, Sendable {
    private let device: UInt
    private let inode: UInt

    /// Reads `$JOURNAL_STREAM`: two decimal numbers with a colon between them.
    package init?(_ text: String) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2, let device = UInt(numbers[0]), let inode = UInt(numbers[1])
        else { return nil }
        self.device = device
        self.inode = inode
    }

    /// Whether `descriptor` is that socket. The variable alone says little: it is inherited by
    /// programs whose output has since been sent elsewhere.
    package func isOpen(as descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_dev == device && status.st_ino == inode
    }
}

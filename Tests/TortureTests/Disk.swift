import Glibc
import TestSupport

/// A small ext4 file system in a file, which can lose its power. See EXT4_IOC_SHUTDOWN.
final class Disk {
    private let path: String
    private var image: String
    private let log: String

    /// A disk that will be mounted at `path`.
    init(path: String, log: String) {
        self.path = path
        self.log = log
        image = "\(path).image"
    }

    /// Makes and mounts it.
    func make() async throws {
        // Eager: no background work of the file system's between the calls of the daemon.
        try await Process.run(
            "/sbin/mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", image,
            "16M", log: log)
        try await mount()
    }

    /// The power fails: what is not durable is lost. The injector does the same at a place.
    func cut() throws {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        // EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH.
        var flags: UInt32 = 2
        guard directory >= 0, ioctl(directory, 0x8004_587D, &flags) == 0 else {
            throw Surprise("\(path) cannot be shut down: \(String(cString: strerror(errno)))")
        }
    }

    /// What comes after a power cut: the file system is taken away as it is, and the journal is
    /// played back when it is mounted again.
    ///
    /// What is mounted is a copy of what had got onto the disk. Another mount namespace, as a machine that
    /// is booted meanwhile has, may keep the old mount; then mount(8) would find its loop device again, and
    /// with it the file system that has been shut down.
    func restore() async throws {
        try await eventually("nobody uses the disk") { umount(path) == 0 }
        let copy = image + "+"
        try await Process.run("/bin/cp", "--sparse=always", image, copy, log: log)
        unlink(image)
        image = copy
        try await mount()
    }

    private func mount() async throws {
        // Commits by itself only after a long time, so that nothing is durable by chance.
        try await Process.run(
            "/bin/mount", "-o", "loop,commit=300", image, path, log: log)
    }

    /// Takes it away.
    func detach() { umount2(path, Int32(MNT_DETACH)) }

    /// Whether such disks can be made here.
    static func isPossible() async -> Bool {
        let directory = TemporaryDirectory()
        let disk = Disk(path: "\(directory.path)/disk", log: "\(directory.path)/log")
        do {
            try makeDirectory("\(directory.path)/disk")
            try await disk.make()
            disk.detach()
            return true
        } catch {
            return false
        }
    }
}

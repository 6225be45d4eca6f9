import Glibc
import Linux
import TestSupport
import Testing

@Suite struct MountWatchTests {
    private static var canMount: Bool {
        let directory = TemporaryDirectory()
        guard mount("none", directory.path, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount(directory.path) == 0
    }

    /// Others may mount at the same time, so each change is worth at least one element.
    @Test(.enabled("No file system can be mounted here: that takes root.") { canMount })
    func tellsOfMountsAndOfTheirEnd() async throws {
        let directory = TemporaryDirectory()
        let watch = try MountWatch()
        var changes = watch.changes.makeAsyncIterator()
        #expect(mount("none", directory.path, "tmpfs", 0, "size=64k") == 0)
        #expect(await changes.next() != nil)
        #expect(umount(directory.path) == 0)
        #expect(await changes.next() != nil)
    }
}

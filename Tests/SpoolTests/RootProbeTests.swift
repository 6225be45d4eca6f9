import Core
import Glibc
import Linux
import TestSupport
import Testing

@testable import Spool

@Suite struct RootProbeTests {
    @Test func leavesNothingBehind() throws {
        let sandbox = try SpoolSandbox()
        let before = try sandbox.list("state")
        // As a crash leaves them.
        for name in ["probe.new", "probed.new"] { try sandbox.write("", to: "state/\(name)") }
        let probe = RootProbe(root: sandbox.root)
        try probe.checkFitness()
        try probe.checkHealth()
        #expect(try sandbox.list("state") == before)
    }

    @Test(arguments: [EINVAL, ENOSYS, EOPNOTSUPP])
    func aFileSystemWithoutTheRenameIsNamed(_ number: Int32) {
        let error = SystemError("renameat2", "a", errno: number)
        let failure = RootProbe.unfitness(by: error, of: "/root")
        #expect(failure?.code == "unfit_file_system" && failure?.subject == "/root")
    }

    /// What passes is no reason to refuse a root.
    @Test(arguments: [("renameat2", EIO), ("openat", EINVAL), ("write", ENOSPC)])
    func aDiskThatFailsIsFit(_ call: String, _ number: Int32) {
        #expect(RootProbe.unfitness(by: SystemError(call, "a", errno: number), of: "/") == nil)
    }
}

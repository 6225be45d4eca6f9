import Core
import Glibc
import Linux
import Testing

@Suite struct SystemErrorTests {
    @Test(arguments: [
        (ENOSPC, Failure.Kind.transient, "no_space"), (EDQUOT, .transient, "no_space"),
        (EMFILE, .transient, "no_resources"), (ENOMEM, .transient, "no_resources"),
        (EIO, .transient, "io_error"), (EACCES, .permanent, "no_permission"),
        (EROFS, .transient, "read_only"), (ENOENT, .permanent, "not_found"),
        (ELOOP, .permanent, "is_link"), (EINVAL, .permanent, "system_error"),
    ])
    func everyErrnoHasItsMeaning(_ number: Int32, _ kind: Failure.Kind, _ code: String) {
        let failure = SystemError("openat", "a/b", errno: number).failure("open")
        #expect(failure.kind == kind && failure.code == code)
        #expect(failure.operation == "open" && failure.subject == "a/b")
    }

    @Test(arguments: [
        ("openat2", EPERM, "call_refused", "seccomp"),
        ("pidfd_open", EPERM, "call_refused", "seccomp"),
        ("openat2", ENOSYS, "call_refused", "newer kernel"),
        ("openat", EPERM, "no_permission", "owner"),
        ("openat2", EACCES, "no_permission", "owner"),
        ("inotify_init1", EMFILE, "no_resources", "sysctl"),
        ("openat", EMFILE, "no_resources", "limits"),
        ("inotify_add_watch", ENOSPC, "no_resources", "sysctl"),
        ("write", ENOSPC, "no_space", "space"),
    ])
    func theCallMayBeWhatIsMeant(
        _ call: String, _ number: Int32, _ code: String, _ hint: String
    ) {
        let failure = SystemError(call, "a/b", errno: number).failure("open")
        #expect(failure.code == code)
        #expect(failure.hint?.contains(hint) == true)
        if code == "call_refused" { #expect(failure.cause.contains(call)) }
    }

    @Test func convertsWhatIsThrown() {
        func thrown(_ error: any Error) -> Failure? {
            #expect(throws: Failure.self) { try converting("do") { throw error } }
        }
        let failure = Failure(
            .unavailable, code: "c", operation: "o", subject: "s", cause: "x")
        #expect(thrown(failure) == failure)
        #expect(thrown(SystemError("read", "f", errno: EIO))?.code == "io_error")
        #expect(thrown(CancellationError())?.kind == .cancelled)
        struct Other: Error {}
        #expect(thrown(Other())?.code == "internal")
    }
}

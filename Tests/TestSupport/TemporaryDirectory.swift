import Glibc

/// A directory that is gone, with all in it, when the value is released.
public final class TemporaryDirectory: Sendable {
    /// Its absolute path, without symbolic links.
    public let path: String

    /// Makes an empty directory under `$TMPDIR` or `/tmp`.
    public init() {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/reeld-test.XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp in \(parent) failed")
        path = template.withUnsafeBufferPointer { buffer in
            buffer.baseAddress.map { String(cString: $0) } ?? ""
        }
    }

    deinit {
        var arguments = ["rm", "-rf", path].map { (text: String) in strdup(text) } + [nil]
        var pid = pid_t()
        if posix_spawn(&pid, "/bin/rm", nil, nil, &arguments, environ) == 0 {
            waitpid(pid, nil, 0)
        }
        for argument in arguments { free(argument) }
    }
}

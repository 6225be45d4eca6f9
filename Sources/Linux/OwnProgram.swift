import Glibc

/// The program this process runs.
public enum OwnProgram {
    /// What it was called with, as the kernel has it: Swift's own list is empty where a library that was loaded
    /// first has changed the environment. See proc_pid_cmdline(5).
    public static var arguments: [String] {
        let path = "/proc/self/cmdline"
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0,
            let bytes = try? Descriptor(owning: number, subject: path).read(limit: 1 << 24),
            !bytes.isEmpty
        else { return Array(CommandLine.arguments.dropFirst()) }
        return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).dropFirst()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The directory its file is in, by proc(5): programs that belong to it are there too, wherever
    /// they are installed. Nil if the kernel does not tell.
    public static var directory: String? {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        guard count > 0 else { return nil }
        let program = String(decoding: path.prefix(count), as: UTF8.self)
        return program.lastIndex(of: "/").map { String(program[..<$0]) }
    }
}

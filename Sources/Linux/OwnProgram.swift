import Glibc

/// The program this process runs.
public enum OwnProgram {
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

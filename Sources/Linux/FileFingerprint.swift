import Core
import Glibc

/// Whether files are still what they were, as far as stat(2) tells: by their names, sizes, times of
/// modification and inodes. Links are followed.
public enum FileFingerprint {
    /// As deep as directories are looked into, should a link lead round in a circle.
    private static let deepest = 16
    /// How many files are looked at, at most: no tree that decides anything is so large.
    private static let most = 200_000

    /// The fingerprint of what these paths stand for, of a directory with all beneath it: 16
    /// hexadecimal digits, which are others when anything is another. What is not there, or cannot be
    /// looked at, counts as that.
    public static func of(_ paths: [String]) -> String {
        var walk = Walk()
        for path in paths { walk.visit(Array(path.utf8)) }
        return String(walk.hash.finalizeHexadecimal().prefix(16))
    }

    private struct Walk {
        var hash = SHA256()
        var count = 0
        /// The path that is being looked at, as C wants it.
        var path: [UInt8] = []

        mutating func visit(_ name: [UInt8], depth: Int = 0) {
            count += 1
            guard count <= FileFingerprint.most else { return }
            let length = path.count
            defer { path.removeLast(path.count - length) }
            if depth > 0 { path.append(UInt8(ascii: "/")) }
            path += name
            var status = stat()
            let isThere = withPath { stat($0, &status) } == 0
            // No name holds a NUL.
            hash.update(name + [0])
            guard isThere else { return add([Int64(errno)]) }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                return add([
                    Int64(status.st_mode & S_IFMT), Int64(status.st_size),
                    Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
                    Int64(bitPattern: UInt64(status.st_ino)),
                ])
            }
            // Its own times say less than the names in it.
            let names = depth < FileFingerprint.deepest ? entries() : []
            add([Int64(S_IFDIR), Int64(names.count)])
            for name in names { visit(name, depth: depth + 1) }
        }

        private func withPath<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
            (path + [0]).withUnsafeBytes { bytes in
                bytes.withMemoryRebound(to: CChar.self) { chars in
                    // It has the NUL at least.
                    guard let start = chars.baseAddress else { return body("") }
                    return body(start)
                }
            }
        }

        /// The names in the directory at `path`, in order.
        private func entries() -> [[UInt8]] {
            guard let stream = withPath({ opendir($0) }) else { return [] }
            defer { closedir(stream) }
            var names: [[UInt8]] = []
            while let entry = readdir(stream) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    Array(bytes.prefix { $0 != 0 })
                }
                if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
            }
            return names.sorted { $0.lexicographicallyPrecedes($1) }
        }

        private mutating func add(_ values: [Int64]) {
            values.withUnsafeBytes { hash.update($0) }
        }
    }
}

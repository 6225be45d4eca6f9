import Glibc
import TestSupport
import Testing

/// Something that kept a test from going on.
struct Surprise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Returns as soon as `condition` holds. When `patience` is over, it fails the test with what was
/// waited for and the end of the log.
func eventually(
    _ what: String, log: () -> [String] = { [] },
    at place: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + patience
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            let lines = log().suffix(40).joined(separator: "\n")
            Issue.record("Never seen: \(what). The log:\n\(lines)", sourceLocation: place)
            throw Surprise("Never seen: \(what).")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Whether a process is there and not only waits to be reaped.
func isAlive(_ pid: pid_t) -> Bool {
    guard let bytes = try? readFile("/proc/\(pid)/stat") else { return false }
    // The name before the state may hold anything, a parenthesis included.
    let state = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.first {
        $0 != " "
    }
    return state != "Z" && state != "X"
}

/// The bytes of a file.
func readFile(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "re") else {
        throw Surprise("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}

/// Makes or replaces a file.
func writeFile(_ path: String, _ bytes: some Sequence<UInt8>, mode: mode_t = 0o644) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard file >= 0 else {
        throw Surprise("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    let bytes = Array(bytes)
    guard write(file, bytes, bytes.count) == bytes.count else {
        throw Surprise("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// The names in a directory, in order; none if it is not there.
func list(_ path: String) -> [[UInt8]] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
        names.append(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
    }
    return names.filter { $0 != Array(".".utf8) && $0 != Array("..".utf8) }
        .sorted { $0.lexicographicallyPrecedes($1) }
}

/// The same as text.
func names(in path: String) -> [String] { list(path).map { String(decoding: $0, as: UTF8.self) } }

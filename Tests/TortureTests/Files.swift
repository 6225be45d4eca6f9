import Foundation
import Glibc

/// Something that kept a trial from going on.
struct Surprise: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The names in a directory, in order, dotfiles included; none if it is not there.
func names(in path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
}

/// The text of a file; empty if it is not there, and why if it cannot be read.
func text(of path: String) -> String {
    if let data = FileManager.default.contents(atPath: path) {
        return String(decoding: data, as: UTF8.self)
    }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file < 0 else {
        close(file)
        return "[It can be opened, but could not be read.]"
    }
    return errno == ENOENT ? "" : "[\(String(cString: strerror(errno)))]"
}

/// Makes or replaces a file, durably: what was not synced was not dropped.
func writeFile(_ path: String, _ text: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else {
        throw Surprise("\(path) cannot be made: \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    let bytes = Array(text.utf8)
    guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
        throw Surprise("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}

/// Makes a directory.
func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o755) == 0 else {
        throw Surprise("\(path) cannot be made: \(String(cString: strerror(errno)))")
    }
}

/// Makes the entries of a directory durable.
func syncDirectory(_ path: String) throws {
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0, fsync(directory) == 0 else { throw Surprise("\(path) cannot be synced.") }
    close(directory)
}

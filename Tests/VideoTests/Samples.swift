import Core
import Glibc
import Pipeline

@testable import Video

/// A session held in memory.
struct MemorySession: SessionFiles {
    var files: [String: [UInt8]] = [:]
    let id = SessionID(at: 1_795_409_565, JobHandle(7))
    let created = 1_795_409_565.0
    let history: [StepSummary] = []
    let work = "/sessions/it's/work"

    func path(_ place: String) -> String { "/sessions/it's/" + place }

    func read(_ place: String, limit: Int) throws(Failure) -> [UInt8] {
        guard let bytes = files[place], bytes.count <= limit else {
            throw Failure(
                .permanent, code: "missing", operation: "read", subject: place, cause: "not there")
        }
        return bytes
    }

    func beginning(ofExternal path: String) throws(ExternalFault) -> [UInt8] {
        try beginningOfFile(path)
    }
}

/// The first bytes of a file, for sessions that nobody keeps from waiting for it.
func beginningOfFile(_ path: String) throws(ExternalFault) -> [UInt8] {
    guard let file = fopen(path, "re") else {
        throw ExternalFault(String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 18)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
}

/// A mono WAVE file: for each part so many seconds of sound of that magnitude.
func wave(_ parts: [(seconds: Double, magnitude: Int16)], rate: Int = 16_000) -> [UInt8] {
    var data: [UInt8] = []
    for part in parts {
        for index in 0..<Int(part.seconds * Double(rate)) {
            let value = UInt16(bitPattern: index % 20 < 10 ? part.magnitude : -part.magnitude)
            data += [UInt8(value & 255), UInt8(value >> 8)]
        }
    }
    return riff(rate: rate, channels: 1, bits: 16, data: data, claimed: data.count)
}

/// A WAVE file with a header that says what is asked for.
func riff(rate: Int, channels: Int, bits: Int, data: [UInt8], claimed: Int) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return Array("RIFF".utf8) + little(36 + claimed, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
        + little(1, 2) + little(channels, 2) + little(rate, 4)
        + little(rate * channels * bits / 8, 4) + little(channels * bits / 8, 2) + little(bits, 2)
        + Array("data".utf8) + little(claimed, 4) + data
}

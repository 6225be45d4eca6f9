import Glibc
import Motion

/// `reeld-motion FILM -- PROGRAM ARGUMENT...`: writes the frames of a film to the standard input of
/// a program, and ends as that does. `reeld` runs it, and nobody else has to.
///
/// It starts the program itself, in its own process group and with all else as it has it, so that
/// whoever started it ends, waits for and measures both as one.
@main
struct Main {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let end = arguments.firstIndex(of: "--"),
            let film = Film(arguments: arguments[..<end]), end + 1 < arguments.endIndex
        else {
            fail(EX_USAGE, "this is a part of reeld that it runs by itself; see reeld(8)")
        }
        let still = load(film.shot.still)
        var projector = Projector(
            film, still: still, before: film.opening.map { load($0.shot.still) })
        // A program that has ended is told by write(2), not by a signal.
        signal(SIGPIPE, SIG_IGN)
        let taker = Taker(Array(arguments[(end + 1)...]))
        for frame in 0..<film.frames {
            guard projector.draw(frame, taker.take) else { break }
        }
        exit(taker.end())
    }

    private static func load(_ path: String) -> Still {
        guard let file = fopen(path, "re") else {
            fail(EX_NOINPUT, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var status = stat()
        // The largest there is, and its header.
        guard fstat(fileno(file), &status) == 0, (1...1 << 29).contains(status.st_size) else {
            fail(EX_DATAERR, "\(path) is empty or too large for a still")
        }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) {
            $1 = fread($0.baseAddress, 1, size, file)
        }
        guard let still = Still(yuv4mpeg: bytes) else {
            fail(EX_DATAERR, "\(path) is not a whole picture in YUV4MPEG2, 4:2:0")
        }
        return still
    }

    /// Says why and ends.
    static func fail(_ status: Int32, _ cause: String) -> Never {
        let line = Array("reeld-motion: \(cause)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
        exit(status)
    }
}

import Glibc
import Testing

/// `reeld-motion` with a program that takes its frames: what becomes of the one becomes of both.
@Suite struct MotionHelperTests {
    private func helper() throws -> String {
        let daemon = try RunningDaemon.program()
        return daemon.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/reeld-motion"
    }

    /// Runs a command line with the helper and a still of 40x40 pixels; gives its exit status as a
    /// shell has it, and what it printed.
    private func run(_ line: String) throws -> (status: Int32, output: String) {
        let house = try House(HouseSettings())
        let still = "\(house.path)/still.y4m"
        let bytes = (0..<2400).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try writeFile(still, Array("YUV4MPEG2 W40 H40 F30:1 C420\nFRAME\n".utf8) + bytes)
        let film = "32x32 50 '\(still)' 0,0,40:4,4,32:50"
        let script = "M='\(try helper())'; film() { \"$M\" \(film) -- \"$@\"; }; { \(line); } 2>&1"
        let pipe = try #require(popen("exec sh -c \(quoted(script))", "r"))
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 {
            output += buffer[..<count]
        }
        return (pclose(pipe) >> 8, String(decoding: output, as: UTF8.self))
    }

    private func quoted(_ text: String) -> String {
        "'" + text.replacing("'", with: "'\\''") + "'"
    }

    @Test func handsOverEveryFrame() throws {
        let (status, output) = try run("film wc -c")
        #expect(status == 0 && output.split(whereSeparator: \.isWhitespace).first == "76800")
    }

    @Test func endsAsTheProgramDoes() throws {
        #expect(try run("film sh -c 'cat >/dev/null; exit 75'").status == 75)
        // It takes a frame and no more: that is for it to decide.
        #expect(try run("film sh -c 'head -c 1536 >/dev/null; exit 3'").status == 3)
        #expect(try run("film sh -c 'kill -KILL $$'; exit $?").status == 128 + SIGKILL)
        #expect(try run("film sh -c 'trap - PIPE; kill -PIPE $$'; exit $?").status == 128 + SIGPIPE)
        let (status, output) = try run("film no-such-program")
        #expect(status == EX_UNAVAILABLE && output.contains("cannot start no-such-program"))
    }

    @Test func refusesWhatIsNoFilm() throws {
        #expect(try run("\"$M\"").status == EX_USAGE)
        #expect(
            try run("\"$M\" 32x32 50 /nonexistent 0,0,40:4,4,32:50 -- cat").status == EX_NOINPUT)
        #expect(try run("\"$M\" 32x32 50 /etc/passwd 0,0,40:4,4,32:50 -- cat").status == EX_DATAERR)
        #expect(try run("\"$M\" 32x32 50 /etc/passwd 0,0,40:4,4,32:50 --").status == EX_USAGE)
    }
}

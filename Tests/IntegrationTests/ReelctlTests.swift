import Glibc
import Testing

/// The command that people use beside the daemon.
@Suite struct ReelctlTests {
    private let house: House

    init() throws {
        house = try House()
        try house.makeInbox()
        let others = [
            "active", "deferred", "held", "done", "failed", "rejected", "control", "state",
        ]
        for place in others + ["outputs", "outputs/.staging"] {
            mkdir("\(house.root)/\(place)", 0o755)
        }
    }

    /// Runs it by a shell line, in which `$0` is the program; what it printed and its status.
    private func run(_ line: String) async throws -> (text: String, ending: RunningDaemon.Ending?) {
        let program = try RunningDaemon.program().dropLast("reeld".count) + "reelctl"
        let (output, log) = ("\(house.path)/printed", "\(house.path)/said")
        let command = try RunningDaemon(
            ["/bin/sh", "-c", line, String(program)], log: log, output: output)
        let ending = try await command.exit()
        let bytes = ((try? readFile(output)) ?? []) + ((try? readFile(log)) ?? [])
        return (String(decoding: bytes, as: UTF8.self), ending)
    }

    /// The daemon is another user, and reads it as a member of the group.
    @Test func whatIsSubmittedIsReadableForTheGroupWhateverTheUmask() async throws {
        let result = try await run(
            "umask 077; echo '{\"topic\": \"snails\"}' | \"$0\" --root '\(house.root)' submit -")
        #expect(result.ending == .exited(0), "\(result.text)")
        let name = try #require(house.names(in: "inbox").first)
        var status = stat()
        #expect(stat("\(house.root)/inbox/\(name)", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test func aSpecThatIsTooLongIsNotSubmitted() async throws {
        let result = try await run(
            """
            { echo '{"topic": "snails"}'; head -c 1048576 /dev/zero | tr '\\0' ' '; } \
            | "$0" --root '\(house.root)' submit -
            """)
        #expect(result.ending == .exited(65) && result.text.contains("more than the 1048576 bytes"))
        #expect(house.names(in: "inbox").isEmpty)
    }

    /// Members of the group may write receipts of their own making.
    @Test func aReceiptCannotDriveTheTerminal() async throws {
        let receipt = """
            {"format": 1, "state": "failed", "job": "a", "outputs": [], "attempts": {},
             "degradations": [], "labels": {}, "times": {"finished": "2026-11-23T04:52:45Z"},
             "error": {"code": "\\u001b[2J", "message": "\\u001b]0;title\\u0007 \\u202e", "stage": "x"}}
            """
        try writeFile("\(house.root)/failed/a.json", "{}".utf8)
        try writeFile("\(house.root)/failed/a.json.receipt", receipt.utf8)
        for command in ["list", "show a.json"] {
            let result = try await run("\"$0\" --root '\(house.root)' \(command)")
            #expect(result.ending == .exited(0) && result.text.contains("failed"))
            #expect(result.text.contains("\\u{1b}"))
            #expect(!result.text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{202e}" })
        }
    }

    @Test func whatCannotBePrintedIsNoSuccess() async throws {
        let result = try await run("\"$0\" --root '\(house.root)' list >/dev/full")
        #expect(result.ending == .exited(74))
    }
}

import Testing

@testable import Daemon

@Suite struct CommandLineArgumentsTests {
    private func read(_ arguments: String...) throws -> CommandLineArguments {
        try CommandLineArguments(arguments, valued: ["--root"], plain: ["--help", "-h"])
    }

    private func mistake(_ arguments: String...) -> String? {
        do throws(CommandLineArguments.Mistake) {
            _ = try CommandLineArguments(arguments, valued: ["--root"], plain: ["--help"])
        } catch { return error.description }
        return nil
    }

    @Test func takesValuesFromBehindTheSignOrTheNextArgument() throws {
        #expect(try read("--root", "/a").options == ["--root": "/a"])
        #expect(try read("--root=/a=b").options == ["--root": "/a=b"])
        #expect(try read("--root", "-h").options == ["--root": "-h"])
        #expect(try read("--root", "/a", "--root=/b").options == ["--root": "/b"], "the last")
    }

    @Test func tellsOptionsFromOperands() throws {
        let arguments = try read("a", "-h", "-", "--", "--help", "--unknown")
        #expect(arguments.options == ["-h": ""])
        #expect(arguments.operands == ["a", "-", "--help", "--unknown"])
    }

    @Test func saysWhatIsWrong() {
        #expect(mistake("--root") == "--root needs a value.")
        #expect(mistake("--root", "") == "--root needs a value.")
        #expect(mistake("--root=") == "--root needs a value.")
        #expect(mistake("--rot=/a") == "Unknown option --rot=/a.")
        #expect(mistake("--help=yes") == "Unknown option --help=yes.")
        #expect(mistake("-x") == "Unknown option -x.")
    }
}

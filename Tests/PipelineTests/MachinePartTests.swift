import Glibc
import Linux
import TestSupport
import Testing

@testable import Pipeline

@Suite struct MachinePartTests {
    private let temporary = TemporaryDirectory()
    private var path: String { temporary.path }

    private func runner(_ searchPath: [String]) -> ToolRunner {
        ToolRunner(searchPath: searchPath, grace: .seconds(1), root: "/the/root", mark: "m")
    }

    private func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
        let directory = try Directory(path: path)
        try directory.open(name, O_WRONLY | O_CREAT | O_TRUNC, mode: mode).write(Array(text.utf8))
        // A child that another test is just starting holds all our descriptors until it executes its
        // program, and a file that is open for writing is not executed.
        let file = try directory.open(name, O_RDONLY)
        while file.hasNoWriter() == false { sched_yield() }
    }

    private func run(_ command: String) throws {
        let shell = try #require(popen("cd '\(path)' && \(command)", "r"))
        try #require(pclose(shell) == 0, "\(command)")
    }

    private func version(_ part: MachinePart, _ runner: ToolRunner) async -> String? {
        await runner.versions(of: [part])[part.name]
    }

    /// How often the fake linker or program was asked.
    private var questions: Int {
        get throws {
            guard let file = fopen("\(path)/asked", "r") else { return 0 }
            defer { fclose(file) }
            var count = 0
            while case let byte = fgetc(file), byte != EOF { count += byte == 10 ? 1 : 0 }
            return count
        }
    }

    /// A linker that knows one library, and counts how often it is asked.
    private func fakeLinker(
        _ says: String = "echo \"libx.so => $here/libx.so (0x00007f)\""
    ) throws -> ToolRunner {
        try write(
            "#!/bin/sh\nhere='\(path)'\necho >>\"$here/asked\"\n\(says)\n", to: "ldd", mode: 0o755)
        try write("#!/bin/sh\n", to: "tool", mode: 0o755)
        try write("1", to: "libx.so")
        return runner([path])
    }

    private static let canCompile = access("/usr/bin/cc", X_OK) == 0

    @Test(.enabled(if: canCompile, "a C compiler is needed: apt install gcc"))
    func aLibraryOfAProgramCounts() async throws {
        try write("int answer(void) { return 1; }\n", to: "x.c")
        try write("int answer(void);\nint main(void) { return answer(); }\n", to: "main.c")
        let library = "cc -shared -fPIC -o libx.so x.c"
        try run("\(library) && cc -o tool main.c -L. -lx -Wl,-rpath,'\(path)'")
        let runner = runner([path, "/usr/bin", "/bin"])
        let first = try #require(await version(.program("tool"), runner))
        #expect(await version(.program("tool"), runner) == first)
        #expect(await version(.program("\(path)/tool"), self.runner(["/usr/bin"])) == first)
        try run("sed -i s/1/2/ x.c && rm libx.so && \(library)")
        let second = try #require(await version(.program("tool"), runner))
        #expect(second != first)
        try run("strip tool")
        let third = await version(.program("tool"), runner)
        #expect(third != nil && third != second)
    }

    @Test func eachStateIsAskedAboutOnce() async throws {
        let runner = try fakeLinker()
        let versions = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<10 { group.addTask { await version(.program("tool"), runner) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(versions).count == 1 && versions.first != .some(nil))
        #expect(try questions == 1)
        try run("rm libx.so && echo new > libx.so")
        #expect(await version(.program("tool"), runner) != versions.first)
        _ = await version(.program("tool"), runner)
        #expect(try questions == 2)
        try run("echo >> tool")
        _ = await version(.program("tool"), runner)
        _ = await version(.program("tool"), runner)
        #expect(try questions == 3)
    }

    @Test func ofAScriptItsOwnFileCounts() async throws {
        let runner = try fakeLinker("echo '\tnot a dynamic executable' >&2; exit 1")
        let first = try #require(await version(.program("tool"), runner))
        try run("echo >> tool")
        let second = try #require(await version(.program("tool"), runner))
        #expect(second != first)
    }

    @Test(arguments: ["exit 1", "kill -9 $$"])
    func whatCannotBeToldIsLeftOut(_ says: String) async throws {
        #expect(await version(.program("tool"), try fakeLinker(says)) == nil)
        #expect(await version(.program("nothing"), try fakeLinker()) == nil)
        try run("chmod -x ldd")
        #expect(await version(.program("tool"), runner([path])) == nil)
    }

    @Test func whatAProgramNamesCounts() async throws {
        try write(
            "#!/bin/sh\necho >>'\(path)/asked'\necho 'Data at: \(path)/data'\n",
            to: "speak", mode: 0o755)
        try run("mkdir -p data/deep config && echo 1 > data/deep/voice && echo 1 > config/a")
        let part = MachinePart.files(
            name: "voice", paths: ["\(path)/config"], namedBy: .init("speak", ["--files"]))
        let runner = runner([path, "/usr/bin"])
        var seen: Set<String> = [try #require(await version(part, runner))]
        #expect(await version(part, runner).map(seen.contains) == true)
        #expect(try questions == 1)
        for (count, change) in [
            "echo 2 >> data/deep/voice", "echo 1 > data/new", "echo 2 >> config/a",
        ].enumerated() {
            try run(change)
            seen.insert(try #require(await version(part, runner)))
            #expect(seen.count == count + 2, "\(change)")
            _ = await version(part, runner)
            #expect(try questions == count + 2, "\(change)")
        }
        // A program of another version may use other files, or the same.
        try run("echo >> speak")
        #expect(await version(part, runner).map(seen.contains) == true)
        #expect(try questions == 5)
    }

    @Test func readsWhatProgramsSay() {
        let said = """
            \tlinux-vdso.so.1 (0x00007ffd)
            \tlibm.so.6 => /lib/with space/libm.so.6 (0x00007f00)
            \tlibgone.so => not found
            \t/lib64/ld-linux-x86-64.so.2 (0x00007f01)
            eSpeak NG text-to-speech: 1.51  Data at: /usr/lib/espeak-ng-data
            /usr/share/fonts
            /usr/share/fonts
            """
        #expect(
            ToolRunner.paths(in: said) == [
                "/lib/with space/libm.so.6", "/lib64/ld-linux-x86-64.so.2",
                "/usr/lib/espeak-ng-data", "/usr/share/fonts",
            ])
    }
}

import FoundationEssentials
import Glibc
import Testing

/// Programs are upgraded while a video is being made: it has scenes of one build only.
@Suite struct UpgradeTests {
    private struct Record: Decodable {
        struct Step: Decodable {
            var state: String
            var machine: [String: String]?
        }
        var steps: [String: Step]
    }

    private static let canCompile = access("/usr/bin/cc", X_OK) == 0

    /// In the place of ffmpeg: what a private library says goes before it, and it waits in the step that
    /// makes the sound as long as there is the file `hold`.
    private static let program = """
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        int build(void);
        int main(int count, char **arguments)
        {
            char here[4096], hold[4096], held[4096];
            const char *root = getenv("REELD_ROOT");
            snprintf(hold, sizeof hold, "%s/../hold", root);
            snprintf(held, sizeof held, "%s/../held", root);
            if (build() < 1 || !getcwd(here, sizeof here)) return 1;
            if (!strcmp(strrchr(here, '/'), "/mix") && !access(hold, F_OK)) {
                fclose(fopen(held, "w"));
                while (!access(hold, F_OK)) usleep(5000);
            }
            return execv("/usr/bin/ffmpeg", arguments);
        }

        """

    private func run(_ command: String, in house: House) throws {
        let pipe = try #require(popen("cd '\(house.path)/tools' && \(command)", "r"))
        try #require(pclose(pipe) == 0, "\(command)")
    }

    private func install(build: Int, in house: House) throws {
        try run(
            "echo 'int build(void) { return \(build); }' > build.c && "
                + "cc -shared -fPIC -o new.so build.c && mv new.so libbuild.so", in: house)
    }

    /// The daemon goes on meanwhile, or is killed and another one takes its place.
    @Test(
        .enabled(if: canCompile, "a C compiler is needed: apt install gcc"),
        arguments: [false, true])
    func noVideoHasScenesOfTwoBuilds(_ isKilled: Bool) async throws {
        var settings = HouseSettings()
        settings.logLevel = "debug"
        let house = try House(settings)
        mkdir("\(house.path)/tools", 0o755)
        settings.tools = "grace: 0.3, path: [\"\(house.path)/tools\", \"/usr/bin\", \"/bin\"]"
        settings.video = "encoder: \"fast\""
        try house.configure(settings)
        try writeFile("\(house.path)/tools/main.c", Self.program.utf8)
        try install(build: 1, in: house)
        try run("cc -o ffmpeg main.c -L. -lbuild -Wl,-rpath,'\(house.path)/tools'", in: house)
        try writeFile("\(house.path)/hold", [])

        var daemon = try await house.start()
        try house.drop(
            "tide.json", #"{"topic": "The tide", "duration": 5, "resolution": "320x320"}"#)
        try await house.eventually("the sound waits") {
            access("\(house.path)/held", F_OK) == 0
                && daemon.said("Step clip-01 of tide.json finished")
        }
        try install(build: 2, in: house)
        if isKilled {
            daemon.end()
            unlink("\(house.path)/hold")
            daemon = try await house.start()
        } else {
            unlink("\(house.path)/hold")
        }
        let receipt = try await house.ended("tide.json")
        #expect(
            daemon.said("Step image-01 of tide.json is made again", "ffmpeg is not what made it"))
        #expect(!daemon.said("Step narration-01 of tide.json is made again"))
        #expect(!daemon.said("Step script of tide.json is made again"))
        let session = try #require(receipt.session)
        let place = "\(house.root)/outputs/\(session)/metadata/session.json"
        let steps = try JSONDecoder().decode(Record.self, from: Data(readFile(place))).steps
        let builds = steps.values.compactMap { $0.machine?["ffmpeg"] }
        #expect(builds.count >= 6 && Set(builds).count == 1, "\(steps)")
        #expect(steps.values.allSatisfy { $0.state == "finished" && $0.machine != nil })
        house.expectNothingInFlight()
    }
}

import FoundationEssentials
import Glibc
import Testing

/// The built-in pipeline with the real tools, seen from outside.
@Suite struct VideoTests {
    private struct Record: Decodable {
        struct Step: Decodable { var state: String }
        var steps: [String: Step]
    }

    private struct Metadata: Decodable {
        var duration: Double
        var width: Int
        var height: Int
        var degradations: [String]
    }

    /// In the place of each tool, a script that in the middle of a step of every kind, but once
    /// only, kills the daemon and goes on for ever.
    private static let murderer = """
        #!/bin/sh
        step=${PWD##*/}
        if rm "${REELD_ROOT%/*}/strike/${step%-[0-9]*}" 2>/dev/null; then
            # A clip's ffmpeg is the child of reeld-motion, and that is the daemon's.
            daemon=$PPID
            if [ "$(cat /proc/$PPID/comm)" = reeld-motion ]; then
                daemon=$(cut -d ' ' -f 4 /proc/$PPID/stat)
            fi
            kill -KILL $daemon
            sleep 1000
        fi
        PATH=${PATH#*:}
        exec "${0##*/}" "$@"

        """

    /// The daemon dies in the middle of every kind of step that runs tools. The video is made all
    /// the same, and no step that had finished is run again.
    @Test func aVideoSurvivesADeathInEveryStep() async throws {
        let kinds = ["narration", "image", "clip", "mix", "level", "sound", "final"]
        var settings = HouseSettings()
        settings.logLevel = "debug"
        settings.steps = "parallel: 1"
        settings.retry = "attempts: 2, first_delay: 0.01, longest_delay: 0.02"
        let house = try House(settings)
        settings.tools = "grace: 0.3, path: [\"\(house.path)/tools\", \"/usr/bin\", \"/bin\"]"
        try house.configure(settings)
        for directory in ["tools", "strike"] { mkdir("\(house.path)/\(directory)", 0o755) }
        for tool in ["ffmpeg", "ffprobe", "reeld-speak"] {
            try writeFile("\(house.path)/tools/\(tool)", Self.murderer.utf8, mode: 0o755)
        }
        for kind in kinds { try writeFile("\(house.path)/strike/\(kind)", []) }
        try house.makeInbox()
        try house.drop("tide.json", #"{"topic": "The tide", "duration": 5, "platform": "square"}"#)

        var finished: Set<String> = []
        for _ in kinds {
            let daemon = try await house.start()
            #expect(try await daemon.exit() == .signalled(SIGKILL))
            expectNoneAgain(of: finished, daemon)
            finished = try finishedSteps(house)
        }
        let last = try await house.start()
        let receipt = try await house.ended("tide.json")
        #expect(names(in: "\(house.path)/strike") == [])
        expectNoneAgain(of: finished, last)
        #expect(receipt.attempts.values.allSatisfy { $0 == 1 }, "\(receipt.attempts)")
        house.expectNothingInFlight()

        let endings = receipt.outputs.map { $0.path.split(separator: ".").last ?? "" }
        #expect(Set(endings) == ["mp4", "srt", "vtt", "jpg", "json"])
        #expect(endings.last == "mp4", "the video comes after what belongs to it")
        let session = try #require(receipt.session)
        #expect(
            receipt.outputs.last?.path
                == "outputs/\(session)/final_output/final_video_\(session).mp4")
        let place = "\(house.root)/outputs/\(session)/final_output/metadata.json"
        let metadata = try JSONDecoder().decode(Metadata.self, from: Data(readFile(place)))
        #expect(abs(metadata.duration - 5) < 0.1)
        #expect(metadata.width == 1080 && metadata.height == 1080)
    }

    /// The built-in providers pass their gates too. While an operator keeps one from being called, the
    /// next in line does its work, which the receipt and what is published say.
    @Test func anotherVoiceStandsInForOneThatIsNotToBeCalled() async throws {
        let house = try House()
        _ = try await house.start()
        try await house.expect(0, of: "breaker flite open")
        try house.drop("tide.json", #"{"topic": "The tide", "duration": 5, "platform": "square"}"#)
        let receipt = try await house.ended("tide.json")
        let said = receipt.degradations.filter {
            $0.contains("was done by flite-untimed, because flite was unavailable")
        }
        #expect(!said.isEmpty && said.allSatisfy { $0.contains("an operator keeps it") })
        let session = try #require(receipt.session)
        let place = "\(house.root)/outputs/\(session)/final_output/metadata.json"
        let metadata = try JSONDecoder().decode(Metadata.self, from: Data(readFile(place)))
        #expect(Set(metadata.degradations).isSuperset(of: said))
    }

    private func expectNoneAgain(
        of finished: Set<String>, _ daemon: RunningDaemon,
        at place: SourceLocation = #_sourceLocation
    ) {
        let again = finished.filter { daemon.said("Step \($0) of tide.json started.") }
        #expect(again.isEmpty, "run again", sourceLocation: place)
    }

    private func finishedSteps(_ house: House) throws -> Set<String> {
        guard let session = house.names(in: "outputs").first else { return [] }
        let place = "\(house.root)/outputs/\(session)/metadata/session.json"
        let record = try JSONDecoder().decode(Record.self, from: Data(readFile(place)))
        return Set(record.steps.filter { $0.value.state == "finished" }.keys)
    }

    /// A pipeline that goes on from the built-in one has the video at hand, and what it makes is published
    /// beside that. A crash in the middle of it makes nothing of the video again.
    @Test func aPipelineGoesOnFromTheVideo() async throws {
        var settings = HouseSettings()
        settings.pipelines["more"] = [
            .init(
                name: "copy",
                command: ["/bin/sh", "-c", "cp \"$1\" \"$2/copy.mp4\"", "sh", "{video}", "{out}"]),
            Gate.step("wait"),
        ]
        settings.more["more"] = "after: 'video'"
        settings.hooks["done"] = [
            .init(
                name: "deliver",
                command: [
                    "/bin/sh", "-c", "cp \"$1\" ${REELD_ROOT%/*}/delivered.mp4", "sh", "{video}",
                ])
        ]
        let house = try House(settings)
        let gate = try Gate("wait", in: house)
        let daemon = try await house.start()
        try house.drop(
            "tide.json",
            #"{"topic": "The tide", "duration": 5, "platform": "square", "pipeline": "more"}"#)
        try await gate.reached()
        #expect(
            house.names(in: "outputs/\(try await house.session(in: "active"))/final_output") == [])
        daemon.send(SIGKILL)
        _ = try await daemon.exit()
        _ = try await house.start()
        try await gate.reached(2)
        try await gate.open()
        let receipt = try await house.ended("tide.json")
        #expect(receipt.attempts.filter { $0.value != 1 }.isEmpty, "\(receipt.attempts)")
        let names = receipt.outputs.map { $0.path.split(separator: "/").last ?? "" }
        let video = "final_video_\(receipt.session ?? "").mp4"
        #expect(names.contains("wait.txt") && names.contains("copy.mp4"))
        // The built-in pipeline's is before what was made of it.
        #expect(names.suffix(2) == [video[...], "copy.mp4"])
        let copy = try #require(receipt.outputs.last)
        #expect(copy.sha256 == receipt.outputs.dropLast().last?.sha256)
        #expect(try readFile("\(house.path)/delivered.mp4") == house.published(copy))
    }
}

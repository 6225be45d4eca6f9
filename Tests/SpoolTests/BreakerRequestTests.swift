import Core
import Spool
import Testing

@Suite struct BreakerRequestTests {
    @Test(arguments: BreakerRequest.Verb.allCases, ["ffmpeg", "own/call", "espeak-ng"])
    func isReadFromTheNameItHas(_ verb: BreakerRequest.Verb, _ provider: String) throws {
        let request = BreakerRequest(verb, provider)
        let name = try #require(request.fileName)
        #expect(BreakerRequest(name) == request)
        #expect(ControlRequest(name) == nil, "no job is meant")
    }

    @Test func aSlashIsAColon() {
        #expect(BreakerRequest(.open, "own/call").fileName == "own:call.breaker-open")
    }

    @Test(arguments: [
        "ffmpeg.open", "ffmpeg.breaker-close", ".breaker-open", "job.json.cancel", "paused",
    ])
    func otherNamesAreNone(_ name: String) { #expect(BreakerRequest(FileName(name)) == nil) }

    @Test(arguments: ["", "../x", ".x", "a\0b"]) func noNameLeadsElsewhere(_ provider: String) {
        #expect(BreakerRequest(.reset, provider).fileName == nil)
    }
}

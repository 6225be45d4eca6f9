import Core
import Testing

@Suite struct CivilTimeTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"), (1_795_409_565, "2026-11-23T04:52:45Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
    ])
    func writesAndReads(_ seconds: Int, _ text: String) {
        #expect(CivilTime(secondsSince1970: seconds).rfc3339 == text)
        #expect(CivilTime.secondsSince1970(rfc3339: text) == seconds)
    }

    @Test func countsOffsetsAndDropsFractions() {
        #expect(
            CivilTime.secondsSince1970(rfc3339: "2026-11-23T05:52:45.75+01:00") == 1_795_409_565)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T04:52:45", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-23T24:00:00Z", "2026-11-23T04:52:45.Z", "2026-11-23T04:52:45Z ",
    ])
    func refusesWhatIsNoDateTime(_ text: String) {
        #expect(CivilTime.secondsSince1970(rfc3339: text) == nil)
    }
}

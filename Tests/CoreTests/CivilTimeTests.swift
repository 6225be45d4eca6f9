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

    /// As in Berlin in 2026: two hours ahead from 29 March, 01:00 UTC, one from 25 October, 01:00 UTC.
    private func berlin(_ moment: Int) -> Int {
        (1_774_746_000..<1_792_890_000).contains(moment) ? 7200 : 3600
    }

    @Test(arguments: [
        ("2026-11-27T09:00", "2026-11-27T08:00:00Z"),
        ("2026-07-01 09:00:30", "2026-07-01T07:00:30Z"),
        ("2026-03-29T01:59", "2026-03-29T00:59:00Z"), ("2026-03-29T03:00", "2026-03-29T01:00:00Z"),
        // Skipped: as if the clocks had not been put forward.
        ("2026-03-29T02:30", "2026-03-29T01:30:00Z"), ("2026-03-29T02:00", "2026-03-29T01:00:00Z"),
        // Shown twice: the first.
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"), ("2026-10-25T03:00", "2026-10-25T02:00:00Z"),
        ("2026-10-25T01:59", "2026-10-24T23:59:00Z"),
    ])
    func readsLocalTimes(_ text: String, _ moment: String) {
        #expect(
            CivilTime.secondsSince1970(local: text, offset: berlin)
                == CivilTime.secondsSince1970(rfc3339: moment))
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T04", "2026-11-23T04:52Z", "2026-11-23T04:52:60",
        "2026-02-29T00:00", "2026-11-23T24:00", "2026-11-23T04:52:45.5", "2026-11-23T04:52 ",
    ])
    func refusesWhatIsNoLocalTime(_ text: String) {
        #expect(CivilTime.secondsSince1970(local: text, offset: berlin) == nil)
    }
}

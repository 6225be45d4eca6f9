import Core
import Foundation
import TestSupport
import Testing

@Suite struct TimestampTests {
    @Test(arguments: [
        (0.0, "1970-01-01T00:00:00Z"), (1_795_409_565.25, "2026-11-23T04:52:45.250Z"),
        (-0.001, "1969-12-31T23:59:59.999Z"), (0.007, "1970-01-01T00:00:00.007Z"),
        (-62_167_219_200, "0000-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        (1e300, "9999-12-31T23:59:59Z"), (-1e300, "0000-01-01T00:00:00Z"),
    ])
    func writesWhatItCanRead(_ seconds: Double, _ text: String) throws {
        let timestamp = Timestamp(secondsSince1970: seconds)
        #expect(timestamp.description == text)
        #expect(try read(text) == timestamp)
    }

    @Test func comesBackFromItsTextToTheMillisecond() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            let seconds = Double.random(in: -62_167_219_200...253_402_300_799, using: &generator)
            let timestamp = Timestamp(secondsSince1970: seconds)
            #expect(try read(timestamp.description) == timestamp)
        }
    }

    @Test func readsOtherOffsetsAndLongFractions() throws {
        #expect(try read("2026-11-23T05:52:45.2509+01:00").milliseconds == 1_795_409_565_250)
        #expect(try read("2026-11-23T04:52:45.5Z").milliseconds == 1_795_409_565_500)
    }

    @Test func refusesOtherText() {
        #expect(throws: DecodingError.self) { try read("yesterday") }
    }

    @Test func encodesAsItsText() throws {
        let data = try JSONEncoder().encode([Timestamp(secondsSince1970: 0.5)])
        #expect(String(decoding: data, as: UTF8.self) == #"["1970-01-01T00:00:00.500Z"]"#)
    }

    @Test func tellsTheTimeBetweenTwo() {
        let (early, late) = (Timestamp(secondsSince1970: 1), Timestamp(secondsSince1970: 2.5))
        #expect(early < late)
        #expect(late.since(early) == .milliseconds(1500))
        #expect(early.since(late) == .milliseconds(-1500))
    }

    private func read(_ text: String) throws -> Timestamp {
        let all = try JSONDecoder().decode([Timestamp].self, from: Data(#"["\#(text)"]"#.utf8))
        return try #require(all.first)
    }
}

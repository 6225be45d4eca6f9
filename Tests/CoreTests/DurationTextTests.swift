import Core
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [
        (Duration.zero, "0 ms"), (.milliseconds(340), "340 ms"), (.microseconds(999_400), "999 ms"),
        (.microseconds(999_600), "1.0 s"), (.milliseconds(12_440), "12.4 s"),
        (.milliseconds(59_940), "59.9 s"), (.milliseconds(59_960), "1 min 0 s"),
        (.seconds(200), "3 min 20 s"), (.milliseconds(3_599_600), "1 h 0 min"),
        (.seconds(7500), "2 h 5 min"),
    ])
    func readsAsPeopleWriteIt(_ duration: Duration, _ text: String) {
        #expect(duration.text == text)
    }

    @Test func countsInSecondsAndMicroseconds() {
        let duration = Duration.seconds(3) + .microseconds(250_001)
        #expect(duration.microseconds == 3_250_001)
        #expect(abs(duration.seconds - 3.250001) < 1e-9)
        #expect((.zero - duration).microseconds == -3_250_001)
    }
}

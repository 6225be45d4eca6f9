import Core
import Testing

@Suite struct SessionIDTests {
    @Test func saysTheMomentInUTCAndFourRandomCharacters() {
        let id = SessionID(at: 1_795_409_565, JobHandle(0))
        #expect(id.description == "session_20261123_045245_0000")
        #expect(SessionID(at: 0, JobHandle(.max)).description == "session_19700101_000000_zzzz")
    }

    @Test(arguments: [
        "", "session_", "session_20261123_045245", "session_20261123_045245_abi0",
        "session_2026112x_045245_abcd", "session_20261123_045245_abcd_",
        "../session_20261123_045245_abcd", "session_20261123_045245_ABCD",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(SessionID(text) == nil)
    }
}

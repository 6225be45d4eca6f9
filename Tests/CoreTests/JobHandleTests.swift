import Core
import Testing

@Suite struct JobHandleTests {
    @Test(arguments: ["k7qa", "K7QA"]) func readsWhatPeopleWrite(_ text: String) {
        #expect(JobHandle(text)?.description == "k7qa")
    }

    @Test func takesLettersThatLookAlike() {
        #expect(JobHandle("oIlO")?.description == "0110")
    }

    @Test(arguments: ["", "k7q", "k7qaa", "k7u0", "k7-a", "k7\u{e9}a"])
    func refusesWhatIsNone(_ text: String) { #expect(JobHandle(text) == nil) }

    /// Neighbours in a directory, and a number that is used again, are called by other names.
    @Test func filesOfOneDayHaveDifferentHandles() {
        var handles: Set<JobHandle> = []
        for number in 0..<100 as Range<UInt64> {
            handles.insert(JobHandle(inode: 1_000_000 + number, born: 1_795_409_565_000_000_000))
            handles.insert(
                JobHandle(inode: 7, born: 1_795_409_565_000_000_000 + number * 4_000_000))
        }
        #expect(handles.count > 195)
    }
}

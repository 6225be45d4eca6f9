import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct WakeTimeTests {
    private let sandbox: SpoolSandbox
    private let file: FileStatus
    private let set: Timestamp
    private let later: Timestamp

    init() throws {
        sandbox = try SpoolSandbox()
        try sandbox.write("{}", to: "deferred/a.json")
        try sandbox.root[.deferred].setModified("a.json", to: 1_800_000_000)
        file = try #require(try sandbox.root[.deferred].status("a.json"))
        set = Timestamp(secondsSince1970: 1_800_000_000)
        later = Timestamp(secondsSince1970: 1_900_000_000)
    }

    private func parking(inode: Int?) -> SessionRecord.Parking {
        .init(until: later, seconds: nil, inode: inode)
    }

    /// On the file that was parked, another time is an operator's.
    @Test func theOperatorsTimeCounts() {
        let inode = Int(truncatingIfNeeded: file.identity.inode)
        let wake = WakeTime(parking(inode: inode), file)
        #expect(wake.moment == set && !wake.isLost)
    }

    /// On another file, it is what the copying made of it.
    @Test func aCopysTimeDoesNot() {
        let inode = Int(truncatingIfNeeded: file.identity.inode) + 1
        let wake = WakeTime(parking(inode: inode), file)
        #expect(wake.moment == later && wake.isLost)
    }

    /// A copy with its times is due when it was, and nothing is lost.
    @Test func aCopyThatHasItsTimeIsAsGood() {
        let whole = SessionRecord.Parking(until: set, seconds: nil, inode: 1)
        let wake = WakeTime(whole, file)
        #expect(wake.moment == set && !wake.isLost)
    }

    /// Of what an earlier version parked, or nobody recorded, the file alone tells.
    @Test func withoutARecordTheFileTells() {
        for wake in [WakeTime(nil, file), WakeTime(parking(inode: nil), file)] {
            #expect(wake.moment == set && !wake.isLost)
        }
    }
}

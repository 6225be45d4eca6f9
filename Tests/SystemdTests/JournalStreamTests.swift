import Glibc
import Systemd
import Testing

@Suite struct JournalStreamTests {
    @Test(arguments: ["", ":", "8", "8:", ":9", "8:9:10", "a:b", "-1:2", "8: 9"])
    func refusesWhatIsNoPairOfNumbers(_ text: String) {
        #expect(JournalStream(text) == nil)
    }

    @Test func knowsItsOwnSocketOnly() throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer {
            close(ends[0])
            close(ends[1])
        }
        var status = stat()
        try #require(fstat(ends[0], &status) == 0)
        let stream = try #require(JournalStream("\(status.st_dev):\(status.st_ino)"))
        #expect(stream.isOpen(as: ends[0]))
        #expect(!stream.isOpen(as: ends[1]))
        #expect(!stream.isOpen(as: -1))
    }
}

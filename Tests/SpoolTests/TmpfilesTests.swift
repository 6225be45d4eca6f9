import Foundation
import Spool
import Testing

/// Holds `systemd/reeld.tmpfiles.conf` and the spool's directories together.
@Suite struct TmpfilesTests {
    @Test func setsUpEveryDirectoryOfTheSpool() throws {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "systemd/reeld.tmpfiles.conf")
        let paths = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("d ") }
            .map { String($0.split(separator: " ")[1]) }
        let root = "/var/lib/reeld"
        #expect(paths.first == root)
        #expect(
            paths.dropFirst().sorted()
                == SpoolDirectory.allCases.map { "\(root)/\($0.rawValue)" }.sorted())
    }
}

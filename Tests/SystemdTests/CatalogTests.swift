import Core
import Foundation
import Testing

/// Holds `systemd/reeld.catalog` and the kinds of event together.
@Suite struct CatalogTests {
    private struct Entry {
        var id: String
        var headers: [String: String] = [:]
        var text: [Substring] = []
    }

    /// The entries, in the catalog's format: `-- ID`, headers, an empty line, text.
    private func entries() throws -> [Entry] {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "systemd/reeld.catalog")
        var entries: [Entry] = []
        var inHeaders = false
        let lines = try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
        for line in lines where !line.hasPrefix("#") {
            if line.hasPrefix("-- ") {
                entries.append(Entry(id: String(line.dropFirst(3))))
                inHeaders = true
            } else if let last = entries.indices.last {
                if line.isEmpty {
                    inHeaders = false
                } else if inHeaders, let colon = line.firstRange(of: ": ") {
                    let name = String(line[..<colon.lowerBound])
                    entries[last].headers[name] = String(line[colon.upperBound...])
                } else {
                    entries[last].text.append(line)
                }
            }
        }
        return entries
    }

    @Test func explainsEveryKindOnceAndNothingElse() throws {
        let explained = try entries().map(\.id)
        #expect(explained.sorted() == EventKind.allCases.map(\.messageID).sorted())
    }

    @Test func noTwoKindsShareAnID() {
        #expect(Set(EventKind.allCases.map(\.messageID)).count == EventKind.allCases.count)
    }

    @Test(arguments: EventKind.allCases)
    func anIDIs128BitsInLowerCaseHexadecimal(_ kind: EventKind) {
        #expect(kind.messageID.count == 32)
        #expect(kind.messageID.allSatisfy { "0123456789abcdef".contains($0) })
    }

    @Test func everyEntrySaysWhatItMeansAndWhereToAsk() throws {
        for entry in try entries() {
            #expect(
                Set(entry.headers.keys) == ["Subject", "Defined-By", "Support"], "\(entry.id)")
            #expect(entry.headers["Defined-By"] == "reeld")
            #expect(!entry.text.isEmpty, "\(entry.id)")
        }
    }

    @Test func namesOnlyFieldsThatEventsHave() throws {
        for entry in try entries() {
            for match in entry.text.joined(separator: "\n").matches(of: /@([A-Z_]+)@/) {
                #expect(Event.Field(rawValue: String(match.1)) != nil, "@\(match.1)@")
            }
        }
    }
}

import Core
import Linux
import TestSupport
import Testing

@testable import Spool

/// Whose a process is, by what it bears.
@Suite struct DaemonRegisterTests {
    private let sandbox: SpoolSandbox

    init() throws { sandbox = try SpoolSandbox() }

    @Test func aRootKeepsItsMarkAndACopyHasAnother() throws {
        let mark = try DaemonRegister(of: sandbox.root).mark(of: "one")
        let id = try sandbox.root[.state].read("root-id", limit: 100)
        #expect(id.count == 33 && mark.hasSuffix(".one"))
        #expect(try DaemonRegister(of: SpoolRoot(path: sandbox.path)).mark(of: "one") == mark)
        let copy = try SpoolSandbox(copying: sandbox)
        let other = try DaemonRegister(of: copy.root)
        #expect(other.mark(of: "one") != mark)
        #expect(try copy.root[.state].read("root-id", limit: 100) == id)
        let entries = [DaemonRegister.Entry(name: "one", lineage: nil)]
        #expect(!other.contains(marks: [mark], lineage: nil, of: entries))
        let another = try SpoolSandbox()
        #expect(try DaemonRegister(of: another.root).mark(of: "one") != mark)
    }

    @Test(arguments: ["", "0123", "xyzw\n", "0123456789abcdef0123456789abcde/\n"])
    func aNumberThatIsNoneIsMadeAnew(_ text: String) throws {
        try sandbox.write(text, to: "state/root-id")
        let mark = try DaemonRegister(of: sandbox.root).mark(of: "one")
        #expect(try DaemonRegister(of: sandbox.root).mark(of: "one") == mark)
        #expect(try sandbox.list("state") == ["root-id"])
    }

    /// A mark can be copied, and what comes from a daemon that is not on record was none's of these.
    @Test func aProcessIsADaemonsByMarkAndLineage() throws {
        let register = try DaemonRegister(of: sandbox.root)
        let entries = [
            DaemonRegister.Entry(name: "one", lineage: 1),
            DaemonRegister.Entry(name: "old", lineage: nil),
        ]
        func isOurs(_ marks: [String], _ number: UInt64?) -> Bool {
            register.contains(
                marks: marks, lineage: number.map { Lineage(number: $0) }, of: entries)
        }
        let mark = register.mark(of: "one")
        #expect(isOurs([mark], 1) && isOurs(["x", mark + ".run"], 1))
        #expect(!isOurs([mark], 2) && !isOurs([mark], nil) && !isOurs([], 1))
        #expect(!isOurs([mark + "x"], 1) && !isOurs([String(mark.dropLast())], 1))
        #expect(!isOurs([register.mark(of: "two")], 1))
        #expect(isOurs([register.mark(of: "old")], nil))
    }

    @Test func thoseOnRecordAreThereAgain() throws {
        let register = try DaemonRegister(of: sandbox.root)
        #expect(try register.entries() == [])
        let entries = (0..<150).map { DaemonRegister.Entry(name: "d\($0)", lineage: UInt64($0)) }
        try register.replace(by: entries)
        #expect(try register.entries() == entries.suffix(100))
        try sandbox.write("[{", to: "state/daemons.json")
        #expect(throws: Failure.self) { try register.entries() }
        try register.replace(by: [])
        #expect(try register.entries() == [])
    }
}

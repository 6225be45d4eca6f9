import Core
import Linux
import Spool
import Testing

@Suite struct AdmissionTests {
    private let reserve = Admission.Reserve(bytes: 1000, files: 100)

    private func note(
        _ admission: inout Admission, _ bytes: Int, _ files: Int?,
        _ reserve: Admission.Reserve? = nil
    ) -> String {
        let room = FileSystemRoom(bytes: bytes, files: files)
        switch admission.note(room, reserve ?? self.reserve, root: "/spool") {
        case .closed(let failure): return failure.description
        case .opened: return "opened"
        case nil: return admission.refusal == nil ? "open" : "closed"
        }
    }

    @Test func closesBelowTheReserveAndOpensALittleAboveIt() {
        var admission = Admission()
        #expect(note(&admission, 1000, 100) == "open")
        let closed = note(&admission, 999, 100)
        #expect(closed.contains("/spool") && closed.contains("999 B are free and 1.0 kB are"))
        #expect(note(&admission, 10, 100) == "closed")
        #expect(note(&admission, 1049, 105) == "closed")
        #expect(note(&admission, 1050, 105) == "opened")
        #expect(note(&admission, 1000, 100) == "open")
        #expect(note(&admission, 1000, 99).contains("99 more files can be made and 100 are to be"))
        #expect(note(&admission, 5000, 104) == "closed")
        #expect(note(&admission, 5000, nil) == "opened")
    }

    @Test func aReserveOfNothingIsAlwaysThere() {
        var admission = Admission()
        let nothing = Admission.Reserve(bytes: 0, files: 0)
        #expect(note(&admission, 0, 0, nothing) == "open")
        #expect(note(&admission, 0, 0) != "open")
        // A reload may take the reserve away.
        #expect(note(&admission, 0, 0, nothing) == "opened")
    }
}

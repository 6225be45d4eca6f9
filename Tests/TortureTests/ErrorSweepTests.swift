import Glibc
import TestSupport
import Testing

/// Each call of the daemon that has to do with the disk fails, once or for some time.
@Suite(.enabled("Nothing can be traced here: see ptrace(2).") { await Injector.isPossible() })
struct ErrorSweepTests {
    /// What may come of each call; see the manual page of each.
    private static func errors(of place: Place) -> [Int32] {
        switch place.call {
        case "clone": [ENOMEM, EMFILE]
        case "pidfd_open": [EMFILE, ENOMEM]
        case "openat", "openat2":
            place.isChange ? [EIO, ENOSPC, EDQUOT, EMFILE, ENOMEM] : [EIO, EMFILE, ENOMEM]
        case "fsync", "fdatasync", "write", "pwrite", "ftruncate": [EIO, ENOSPC, EDQUOT]
        case "renameat2", "renameat": [EIO, ENOSPC, EDQUOT, ENOMEM, EXDEV]
        case "utimensat", "fchmodat": [EIO, EDQUOT]
        default: [EIO, ENOSPC, EDQUOT, ENOMEM]
        }
    }

    @Test func nothingIsLostOfWhatHasEndedWhateverFails() async throws {
        let single = try await Sweep.places(of: .ending).flatMap { place in
            Self.errors(of: place).map { [Fault(action: .error($0), place: place)] }
        }
        try await Sweep(name: "errors at hooks", most: 12, scenario: { .ending }).run(single)
    }

    @Test func nothingIsLostWhateverFails() async throws {
        let places = try await Sweep.places()
        let single = places.flatMap { place in
            Self.errors(of: place).map { [Fault(action: .error($0), place: place)] }
        }
        let lasting = places.filter { $0.number == 1 }.flatMap { place in
            Self.errors(of: place).filter { $0 != EXDEV }
                .map { [Fault(action: .lastingError($0), place: place)] }
        }
        try await Sweep(name: "errors", most: 24).run(single)
        try await Sweep(name: "lasting errors", most: 12).run(lasting)
    }
}

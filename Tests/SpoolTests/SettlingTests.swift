import Spool
import Testing

@Suite struct SettlingTests {
    private let settling = Settling(quietTime: .seconds(2))

    private func decide(
        renamedIn: Bool, noWriter: Bool?, quiet: Double, truncated: Bool, empty: Bool = false
    ) -> Settling.Decision {
        settling.decide(
            .init(
                renamedIn: renamedIn, hasNoWriter: noWriter, quiet: .seconds(quiet),
                isTruncated: truncated, isEmpty: empty))
    }

    @Test(arguments: [true, false], [0.0, 1.5, 2, 100])
    func takesACompleteFileThatHasNoWriterAtOnce(_ renamedIn: Bool, _ quiet: Double) {
        #expect(
            decide(renamedIn: renamedIn, noWriter: true, quiet: quiet, truncated: false) == .settled
        )
    }

    @Test(arguments: [true, false], [true, false])
    func neverTakesAFileThatIsBeingWritten(_ renamedIn: Bool, _ truncated: Bool) {
        for (quiet, wait) in [(0.0, 0.1), (0.25, 1.75), (1.75, 0.5), (2, 0.5), (1000, 0.5)] {
            #expect(
                decide(renamedIn: renamedIn, noWriter: false, quiet: quiet, truncated: truncated)
                    == .wait(.seconds(wait)), "after \(quiet) s")
        }
    }

    @Test func asksAboutAWriterNowAndThenEvenWithoutAQuietTime() {
        let decision = Settling(quietTime: .zero).decide(
            .init(renamedIn: false, hasNoWriter: false, quiet: .seconds(9), isTruncated: false))
        #expect(decision == .wait(.milliseconds(100)))
    }

    @Test(arguments: [(true, true), (true, nil), (false, true)])
    func givesTruncatedFilesTheQuietTime(_ renamedIn: Bool, _ noWriter: Bool?) {
        #expect(
            decide(renamedIn: renamedIn, noWriter: noWriter, quiet: 0.5, truncated: true)
                == .wait(.seconds(1.5)))
        #expect(
            decide(renamedIn: renamedIn, noWriter: noWriter, quiet: 2, truncated: true) == .settled)
    }

    /// An upload may stall, and where nobody can tell whether there still is one it gets a minute.
    @Test func givesTruncatedFilesPatienceWhereTheKernelCannotTell() {
        for (quiet, wait) in [(0.0, 2.0), (10, 2), (59.5, 0.5)] {
            #expect(
                decide(renamedIn: false, noWriter: nil, quiet: quiet, truncated: true)
                    == .wait(.seconds(wait)), "after \(quiet) s")
        }
        #expect(decide(renamedIn: false, noWriter: nil, quiet: 60, truncated: true) == .settled)
        #expect(settling.patience == .seconds(60))
    }

    /// It keeps a place; to look again and again costs ever less.
    @Test(arguments: [true, nil] as [Bool?]) func anEmptyFileWaitsForItsBytes(_ noWriter: Bool?) {
        for (quiet, wait) in [(0.0, 2.0), (1.5, 0.75), (20, 10), (1e6, 60)] {
            #expect(
                decide(
                    renamedIn: false, noWriter: noWriter, quiet: quiet, truncated: true,
                    empty: true) == .wait(.seconds(wait)), "after \(quiet) s")
        }
        // It was empty before it had its name.
        #expect(
            decide(renamedIn: true, noWriter: noWriter, quiet: 2, truncated: true, empty: true)
                == .settled)
    }

    @Test func waitsForQuietWhereTheKernelCannotTell() {
        #expect(
            decide(renamedIn: false, noWriter: nil, quiet: 0.5, truncated: false)
                == .wait(.seconds(1.5)))
        #expect(decide(renamedIn: false, noWriter: nil, quiet: 2, truncated: false) == .settled)
        #expect(decide(renamedIn: true, noWriter: nil, quiet: 0, truncated: false) == .settled)
    }
}

import Spool
import Testing

@Suite struct SettlingTests {
    private let settling = Settling(quietTime: .seconds(2))

    private func decide(
        renamedIn: Bool, noWriter: Bool?, quiet: Double, truncated: Bool
    ) -> Settling.Decision {
        settling.decide(
            .init(
                renamedIn: renamedIn, hasNoWriter: noWriter, quiet: .seconds(quiet),
                isTruncated: truncated))
    }

    @Test(arguments: [true, false], [0.0, 1.5, 2, 100])
    func takesACompleteFileThatHasNoWriterAtOnce(_ renamedIn: Bool, _ quiet: Double) {
        #expect(
            decide(renamedIn: renamedIn, noWriter: true, quiet: quiet, truncated: false) == .settled
        )
    }

    @Test(arguments: [true, false], [true, false])
    func neverTakesAFileThatIsBeingWritten(_ renamedIn: Bool, _ truncated: Bool) {
        for (quiet, wait) in [(0.0, 2.0), (1.75, 0.5), (2, 0.5), (1000, 0.5)] {
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

    @Test(arguments: [true, false], [true, nil])
    func givesTruncatedFilesTheQuietTime(_ renamedIn: Bool, _ noWriter: Bool?) {
        #expect(
            decide(renamedIn: renamedIn, noWriter: noWriter, quiet: 0.5, truncated: true)
                == .wait(.seconds(1.5)))
        #expect(
            decide(renamedIn: renamedIn, noWriter: noWriter, quiet: 2, truncated: true) == .settled)
    }

    @Test func waitsForQuietWhereTheKernelCannotTell() {
        #expect(
            decide(renamedIn: false, noWriter: nil, quiet: 0.5, truncated: false)
                == .wait(.seconds(1.5)))
        #expect(decide(renamedIn: false, noWriter: nil, quiet: 2, truncated: false) == .settled)
        #expect(decide(renamedIn: true, noWriter: nil, quiet: 0, truncated: false) == .settled)
    }
}

import Resilience
import Testing

@Suite struct HedgeTests {
    @Test func isOffUntilAskedFor() { #expect(Hedge().next(begun: 1) == nil) }

    @Test(arguments: [(0, nil), (1, 10), (2, 20), (3, nil)])
    func beginsAnotherAfterEachDelay(_ begun: Int, _ seconds: Int?) {
        let hedge = Hedge(delay: .seconds(10), extra: 2)
        #expect(hedge.next(begun: begun) == seconds.map { .seconds($0) })
    }
}

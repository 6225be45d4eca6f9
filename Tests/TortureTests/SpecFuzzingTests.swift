import Fuzzing
import TestSupport
import Testing

/// Specs with random changes, the same in every run; `make fuzz` looks for more, guided by coverage.
@Suite struct SpecFuzzingTests {
    @Test func theCorpusIsGood() {
        for spec in SpecFuzzing.corpus { #expect(SpecFuzzing.examine(spec) == nil) }
    }

    @Test(arguments: 0..<4) func anyBytesGetAnAnswer(_ part: Int) {
        let seed = Sweep.seed &+ UInt64(part)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            let bytes = SpecFuzzing.mutant(using: &random)
            if let fault = SpecFuzzing.examine(bytes) {
                Issue.record("\(fault), for \(bytes) (TORTURE_SEED=\(Sweep.seed))")
            }
        }
    }
}

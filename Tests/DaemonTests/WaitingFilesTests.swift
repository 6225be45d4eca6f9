import Core
import TestSupport
import Testing

@testable import Daemon

@Suite struct WaitingFilesTests {
    private struct Known {
        var rank: Double
        var stamp: UInt64
        var isSeen: Bool
    }

    /// Random additions, changes, removals and sweeps, next to a list that is sorted at every look.
    @Test(arguments: 0..<40 as Range<UInt64>) func behavesAsItsModel(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var waiting = WaitingFiles()
        var model: [FileName: Known] = [:]
        var isSweeping = false
        // From a handful to some hundreds, with names from 1 byte to the longest there are.
        let crowd = [3, 40, 400][Int(seed % 3)]
        func name() -> FileName {
            let number = Int.random(in: 0..<crowd, using: &generator)
            return FileName("\(number)" + String(repeating: "x", count: number % 5 * 63))
        }
        for _ in 0..<2000 {
            let name = name()
            switch Int.random(in: 0..<16, using: &generator) {
            case 0..<8:
                let rank = Double(Int.random(in: 0...5, using: &generator))
                let stamp = UInt64.random(in: 0...9, using: &generator)
                waiting.add(name, rank: rank, stamp: stamp)
                model[name] = Known(rank: rank, stamp: stamp, isSeen: true)
            case 8...9:
                waiting.remove(name)
                model[name] = nil
            case 10:
                waiting.meet(name)
                model[name]?.isSeen = true
            case 11:
                if isSweeping {
                    waiting.endSweep()
                    model = model.filter(\.value.isSeen)
                } else {
                    waiting.beginSweep()
                    for name in model.keys { model[name]?.isSeen = false }
                }
                isSweeping.toggle()
            default:
                let first = model.min { ($0.value.rank, $0.key) < ($1.value.rank, $1.key) }
                #expect(waiting.firstRank == first?.value.rank)
                #expect(waiting.takeFirst() == first?.key)
                if let first { model[first.key] = nil }
            }
            #expect(waiting.count == model.count)
            #expect(waiting.stamp(of: name) == model[name]?.stamp)
        }
        while let first = model.min(by: { ($0.value.rank, $0.key) < ($1.value.rank, $1.key) }) {
            #expect(waiting.takeFirst() == first.key)
            model[first.key] = nil
        }
        #expect(waiting.takeFirst() == nil)
    }

    @Test func aCrowdGoesThroughIt() {
        var waiting = WaitingFiles()
        for number in 0..<50_000 {
            waiting.add(FileName("job-\(number).json"), rank: Double(-number), stamp: 0)
        }
        #expect(waiting.count == 50_000)
        for number in (0..<50_000).reversed() {
            guard waiting.takeFirst() == FileName("job-\(number).json") else {
                Issue.record("\(number) did not come in its turn.")
                break
            }
        }
        #expect(waiting.count == 0)
    }
}

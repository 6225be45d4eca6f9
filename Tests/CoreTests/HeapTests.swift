import Core
import TestSupport
import Testing

@Suite struct HeapTests {
    @Test(arguments: 0..<10 as Range<UInt64>) func behavesAsASortedList(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var heap = Heap<Int>()
        var model: [Int] = []
        for _ in 0..<500 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0..<5:
                let number = Int.random(in: 0..<50, using: &generator)
                heap.insert(number)
                model.append(number)
                model.sort()
            case 5..<7:
                #expect(heap.popFirst() == model.first)
                model = Array(model.dropFirst())
            default:
                heap.keep { $0 % 7 != 0 }
                model.removeAll { $0 % 7 == 0 }
            }
            #expect(heap.first == model.first && heap.count == model.count)
        }
    }
}

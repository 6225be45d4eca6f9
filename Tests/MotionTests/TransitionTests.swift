import Testing

@testable import Motion

@Suite struct TransitionTests {
    private func mixed(
        _ transition: Transition, _ old: [UInt8], _ new: [UInt8], _ progress: Double
    ) -> [UInt8] {
        var frame = new
        frame.withUnsafeMutableBufferPointer { frame in
            old.withUnsafeBufferPointer { old in
                transition.mix(old, into: frame, width: 20, height: 8, progress: progress)
            }
        }
        return frame
    }

    @Test(arguments: Transition.allCases.filter { $0 != .none })
    func goesFromTheOneToTheOther(_ transition: Transition) throws {
        let old = try #require(noise(20, 8, seed: 3)).bytes
        let new = try #require(noise(20, 8, seed: 4)).bytes
        #expect(mixed(transition, old, new, 0) == old)
        #expect(mixed(transition, old, new, 1) == new)
        var before = 0
        let far = zip(old, new).map { $0 != $1 }
        for step in 1..<20 {
            let frame = mixed(transition, old, new, Double(step) / 20)
            let arrived = zip(zip(frame, new), far).count { $1 && $0.0 == $0.1 }
            if transition != .fade { #expect(arrived >= before || transition == .slide) }
            before = arrived
        }
    }

    @Test func fadeIsBetween() {
        let old = [UInt8](repeating: 0, count: 240)
        let new = [UInt8](repeating: 255, count: 240)
        var before: UInt8 = 0
        for step in 1..<20 {
            let frame = mixed(.fade, old, new, Double(step) / 20)
            #expect(Set(frame).count == 1)
            #expect(frame[0] > before)
            before = frame[0]
        }
        #expect(mixed(.fade, new, new, 0.37) == new)
    }

    @Test func slidePushesAndWipeUncovers() {
        let columns = (0..<8).flatMap { _ in (0..<20).map { UInt8($0) } }
        let chroma = [UInt8](repeating: 9, count: 80)
        let old = columns + chroma
        let new = columns.map { $0 + 100 } + chroma
        #expect(Array(mixed(.slide, old, new, 0.5)[20..<40]) == Array(10..<20) + Array(100..<110))
        let wiped = mixed(.wipe, old, new, 0.5)[20..<40]
        #expect(wiped.prefix(8) == ArraySlice(100..<108))
        #expect(wiped.suffix(8) == ArraySlice(12..<20))
    }
}

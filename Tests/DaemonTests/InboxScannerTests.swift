import Core
import Linux
import Spool
import TestSupport
import Testing

@testable import Daemon

@Suite struct InboxScannerTests {
    private let status: FileStatus
    private let failure = Failure(
        .permanent, code: "invalid_spec", operation: "accept", subject: "it", cause: "a test")

    init() throws { status = try Directory(path: "/").status() }

    private func reject(_ name: FileName) -> InboxScanner.Reject {
        .init(name: name, failure: failure, status: status)
    }

    private func names(_ scanner: inout InboxScanner) -> Set<FileName> {
        var names: Set<FileName> = []
        while case let batch = scanner.takeBatch(), !batch.isEmpty {
            names.formUnion(batch.map(\.name))
        }
        return names
    }

    @Test func aHintIsTakenOnceHoweverOftenItIsGiven() {
        var scanner = InboxScanner()
        scanner.hint("a")
        scanner.hint("a", renamedIn: true)
        scanner.hint("a")
        let batch = scanner.takeBatch()
        #expect(batch.map(\.name) == ["a"] && batch.first?.renamedIn == true)
        let value1 = scanner.takeBatch()
        #expect(value1.isEmpty)
    }

    @Test func whatIsSomebodysIsLookedAtWhenItIsNobodysAgain() {
        var scanner = InboxScanner()
        scanner.hold("a")
        scanner.hint("a", renamedIn: true)
        let value2 = scanner.takeBatch()
        #expect(value2.isEmpty)
        scanner.release("a")
        let batch = scanner.takeBatch()
        #expect(batch.map(\.name) == ["a"] && batch.first?.renamedIn == true)
    }

    /// A look says nothing about a file that somebody took meanwhile.
    @Test func aLookThatCameTooLateIsMadeAgain() {
        var scanner = InboxScanner()
        scanner.hint("a")
        _ = scanner.takeBatch()
        scanner.hold("a")
        let value3 = scanner.examined("a")
        #expect(!value3)
        scanner.release("a")
        #expect(names(&scanner) == ["a"])
        let value4 = scanner.examined("a")
        #expect(value4)
    }

    /// What could not be filed is looked at again only if something came meanwhile; and then it is.
    @Test func aFailedRejectionKeepsTheHintsThatCameMeanwhile() {
        var scanner = InboxScanner()
        for name: FileName in ["a", "b"] {
            scanner.reject(reject(name))
            _ = scanner.takeReject()
        }
        scanner.hint("a")
        scanner.rejectionEnded("a", isFiled: false)
        scanner.rejectionEnded("b", isFiled: false)
        #expect(names(&scanner) == ["a"])
        scanner.hint("b")
        #expect(names(&scanner) == ["b"], "it is nobody's")
    }

    @Test func fewAreFiledAtOnceAndAllInTheEnd() {
        var scanner = InboxScanner()
        let all = (0..<2000).map { FileName("\($0)") }
        for name in all { scanner.reject(reject(name)) }
        var filed: Set<FileName> = []
        while true {
            var under: [FileName] = []
            while let reject = scanner.takeReject() { under.append(reject.name) }
            #expect(under.count <= InboxScanner.rejectionsAtOnce)
            for name in under {
                scanner.rejectionEnded(name, isFiled: true)
                #expect(filed.insert(name).inserted, "\(name) was filed twice")
            }
            // Those whose judgement was not kept are judged anew.
            for name in names(&scanner) where !filed.contains(name) {
                scanner.reject(reject(name))
            }
            if under.isEmpty { break }
        }
        #expect(filed == Set(all))
    }

    /// Random events against what has to hold: no file that was hinted at is forgotten, none is given out
    /// while it is somebody's, and none is taken twice.
    @Test(arguments: 0..<20 as Range<UInt64>) func nothingIsForgotten(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var scanner = InboxScanner()
        var now = ContinuousClock.now
        var owed: Set<FileName> = []
        var held: Set<FileName> = []
        var later: Set<FileName> = []
        for _ in 0..<2000 {
            let name = FileName("\(Int.random(in: 0..<30, using: &generator))")
            switch Int.random(in: 0..<6, using: &generator) {
            case 0...1:
                scanner.hint(name)
                owed.insert(name)
            case 2 where !held.contains(name):
                scanner.hold(name)
                held.insert(name)
                later.remove(name)
                // Whoever holds it has seen it; releasing it makes it be looked at.
                owed.remove(name)
            case 3 where held.contains(name):
                scanner.release(name)
                held.remove(name)
                owed.insert(name)
            case 4 where !held.contains(name):
                scanner.recheck(name, at: now + .seconds(1))
                later.insert(name)
            default:
                now += .seconds(Bool.random(using: &generator) ? 2 : 0)
                if now > .now { scanner.wake(at: now) }
                for (name, _) in scanner.takeBatch() {
                    #expect(!held.contains(name), "\(name) is somebody's")
                    #expect(owed.contains(name) || later.contains(name), "\(name) for no reason")
                    let value5 = scanner.examined(name)
                    #expect(value5)
                    owed.remove(name)
                    later.remove(name)
                }
            }
        }
        for name in held { scanner.release(name) }
        scanner.wake(at: now + .seconds(10))
        #expect(names(&scanner) == owed.union(held).union(later))
    }
}

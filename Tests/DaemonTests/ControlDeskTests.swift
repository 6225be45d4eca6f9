import Core
import Linux
import Spool
import TestSupport
import Testing

@testable import Daemon

@Suite struct ControlDeskTests {
    private let temporary = TemporaryDirectory()
    private let target = ControlRequest.Target.file("a.json")

    private func desk() throws -> ControlDesk {
        ControlDesk(directory: try Directory(path: temporary.path))
    }

    @Test func requestsAreTakenInTheOrderTheyCame() throws {
        var desk = try desk()
        let names = (0..<100).reversed().map { FileName("\($0).json.cancel") }
        for name in names { desk.note(name) }
        desk.note(names[0])
        var taken: [FileName] = []
        while let name = desk.takeNext() { taken.append(name) }
        #expect(taken == names)
    }

    @Test func onlySoManyAreCarriedOutAtOnce() throws {
        var desk = try desk()
        for number in 0..<ControlDesk.most + 5 { desk.note(FileName("\(number).json.cancel")) }
        while let name = desk.takeNext() {
            desk.begin(name, .init(target: .file(FileName(String(name.display.dropLast(7))))))
        }
        #expect(!desk.hasNext && desk.isPerforming)
        _ = desk.end("0.json.cancel")
        let value1 = desk.takeNext()
        #expect(value1 == FileName("\(ControlDesk.most).json.cancel"))
    }

    @Test func ofOneJobTheFirstGoesFirstAndTheOthersFollow() throws {
        var desk = try desk()
        let value2 = desk.isFree("a.json.hold", target)
        #expect(value2)
        desk.begin("a.json.hold", .init(target: target, file: "a.json"))
        #expect(desk.hasSetAside("a.json"))
        let value3 = desk.isFree("a.json.release", target)
        #expect(!value3)
        let value4 = desk.isFree("a.json.cancel", target)
        #expect(!value4)
        let value5 = desk.takeNext()
        #expect(value5 == nil)
        let value6 = desk.end("a.json.hold")
        #expect(value6?.file == "a.json")
        #expect(!desk.hasSetAside("a.json"))
        let value7 = desk.takeNext()
        #expect(value7 == "a.json.release")
        let value8 = desk.takeNext()
        #expect(value8 == "a.json.cancel")
    }

    /// No job is started before all was seen to that lay there at the start; what comes later, however
    /// much, keeps nobody.
    @Test func whatLaysThereAtTheStartIsSeenToFirst() throws {
        var desk = try desk()
        #expect(!desk.mayStart)
        desk.note(all: ["a.json.cancel", "x"])
        desk.note(all: ["a.json.cancel", "x", "later.json.cancel"])
        #expect(!desk.mayStart)
        desk.begin("a.json.cancel", .init(target: target))
        _ = desk.end("a.json.cancel")
        #expect(!desk.mayStart)
        _ = desk.fail("x", tryAgain: .now)
        #expect(desk.mayStart)
        desk.pause = .init(by: "alice", since: .now)
        #expect(!desk.mayStart)
    }

    @Test func aFailureIsSaidOnceForEachRequest() throws {
        var desk = try desk()
        let value9 = desk.fail("a.json.cancel", tryAgain: .now)
        #expect(value9)
        let value10 = desk.fail("a.json.cancel", tryAgain: .now)
        #expect(!value10)
        desk.lookAgainAtFailed()
        let value11 = desk.takeNext()
        #expect(value11 == "a.json.cancel")
        _ = desk.end("a.json.cancel")
        let value12 = desk.fail("a.json.cancel", tryAgain: .now)
        #expect(value12)
        // One that is not there any more is forgotten.
        desk.note(all: [])
        let value13 = desk.fail("a.json.cancel", tryAgain: .now)
        #expect(value13)
    }

    /// A round of looking serves those who asked before it began, and nobody else.
    @Test func aLessonServesWhoAskedBefore() {
        var lessons = Lessons()
        #expect(!lessons.isServed("a") && !lessons.isDue)
        lessons.need("a")
        #expect(lessons.isDue)
        lessons.begin()
        #expect(!lessons.isDue && !lessons.isServed("a"))
        lessons.need("b")
        lessons.finish()
        #expect(lessons.isServed("a"))
        #expect(!lessons.isServed("b"), "it came while the round was under way")
        #expect(lessons.isDue)
        lessons.begin()
        lessons.finish()
        #expect(lessons.isServed("b"))
        lessons.end("a")
        lessons.end("b")
        #expect(!lessons.isDue && !lessons.isServed("a"))
    }

    @Test func aQueueHasEachOnceAndForgetsNone() {
        var queue = UniqueQueue<Int>()
        var generator = SeededGenerator(seed: 1)
        var model: [Int] = []
        for _ in 0..<5000 {
            if Int.random(in: 0..<5, using: &generator) < 3 {
                let number = Int.random(in: 0..<300, using: &generator)
                let value14 = queue.append(number)
                #expect(value14 == !model.contains(number))
                if !model.contains(number) { model.append(number) }
            } else {
                let value15 = queue.popFirst()
                #expect(value15 == model.first)
                if !model.isEmpty { model.removeFirst() }
            }
            #expect(queue.count == model.count && queue.isEmpty == model.isEmpty)
        }
        let value16 = queue.popFirst(.max)
        #expect(value16 == model)
    }
}

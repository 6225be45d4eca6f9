import Core
import Linux
import Spool
import TestSupport
import Testing

@Suite struct ControlRequestTests {
    private let id = SessionID(at: 1, JobHandle(1))

    @Test func isReadFromItsName() {
        #expect(ControlRequest("a.json.cancel") == .init(.cancel, .file("a.json")))
        #expect(ControlRequest("\(id).hold") == .init(.hold, .session(id)))
        #expect(ControlRequest("\(id).json.release") == .init(.release, .file("\(id).json")))
        #expect(ControlRequest("a.cancel.json.retry") == .init(.retry, .file("a.cancel.json")))
        #expect(ControlRequest("A.JSON.cancel") == .init(.cancel, .file("A.JSON")))
        for name: FileName in [
            "paused", "resume", "a.json", "a.json.cancle", ".cancel", "cancel", "a.txt.cancel",
            ".a.json.cancel", "a.json.", "a.json.cancel~", "a.json.CANCEL",
        ] {
            #expect(ControlRequest(name) == nil, "\(name.display)")
        }
    }

    @Test(arguments: ControlRequest.Verb.allCases)
    func hasANameThatIsReadAgain(_ verb: ControlRequest.Verb) throws {
        for target in [ControlRequest.Target.session(id), .file("b c.json"), .file("ü~2.json")] {
            let request = ControlRequest(verb, target)
            #expect(try ControlRequest(#require(request.fileName)) == request)
        }
        let long = FileName(String(repeating: "a", count: 250) + ".json")
        #expect(ControlRequest(verb, .file(long)).fileName == nil)
    }

    @Test func mayBeMadeByItsOwnerRootAndTheDaemon() {
        for (user, expected) in [(1000, true), (0, true), (7, true), (1001, false)] {
            for verb in ControlRequest.Verb.allCases {
                // Who looks at videos is not who orders them.
                let isForAll = [.approve, .reject].contains(verb)
                let may = ControlRequest.mayBeMade(
                    verb, by: UInt32(user), owner: 1000, daemon: 7)
                #expect(may == (expected || isForAll))
            }
        }
    }

    @Test func everyPlaceHasAnAnswerToEveryVerb() {
        let places: [(JobLookup.Place, performs: Set<ControlRequest.Verb>)] = [
            (.waiting("a.json", in: .inbox), [.cancel, .hold]),
            (.waiting("a.json", in: .held), [.cancel, .release]),
            (.session(id, in: .active), [.cancel, .hold]),
            (.session(id, in: .deferred), [.cancel, .hold, .approve, .reject]),
            (.session(id, in: .held), [.cancel, .release]),
            (.ended("a.json", in: .done), [.retryHooks]),
            (.ended("a.json", in: .failed), [.retry, .retryHooks]),
            (.ended("a.json", in: .rejected), [.retry, .retryHooks]),
        ]
        for (place, performs) in places {
            for verb in ControlRequest.Verb.allCases {
                let plan = ControlPlan(verb, place)
                #expect((plan == .perform) == performs.contains(verb), "\(verb) \(place)")
            }
        }
        #expect(ControlPlan(.hold, .session(id, in: .held)) == .alreadySo("is held"))
    }

    /// A word of one's own behind it, and nothing else, makes another name of the same request.
    @Test func aWordBehindItChangesNothing() throws {
        let request = ControlRequest(.hold, .file("a.json"))
        #expect(request.fileName(word: "k3x9") == "a.json.hold~k3x9")
        #expect(ControlRequest("a.json.hold~k3x9") == request)
        for name: FileName in [
            "a.json.hold~", "a.json.hold~a-b", "a.json.hold~12345678901234567", "a.json~2.hold~",
        ] {
            #expect(ControlRequest(name) == nil, "\(name.display)")
        }
        // The number that a second file of a name bears is a part of that.
        #expect(
            ControlRequest("a~2.json.retry") == ControlRequest(.retry, .file("a~2.json")))
    }

    /// Of whom a file is says who asked for something only if that one made it there, for that.
    @Test func whatWasMadeForSomethingElseIsNoRequest() throws {
        let directory = TemporaryDirectory()
        let control = try Directory(path: directory.path)
        func objection(_ text: String, after seconds: Double = 0, maySay: Bool = false) throws
            -> String?
        {
            try control.write(Array(text.utf8), to: "a")
            let status = try #require(try control.status("a"))
            return ControlRequest.objection(
                to: status, born: status.changed - seconds, in: try control.status(), maySay: maySay
            )
        }
        #expect(try objection("") == nil && objection("\n") == nil)
        #expect(try objection("", after: 9) == nil)
        #expect(try objection("", after: 11)?.contains("made long before") == true)
        #expect(try objection("{}")?.contains("not empty") == true)
        #expect(try objection("because so", maySay: true) == nil)
        // Nobody can set when it was made.
        let born = try #require(control.born("a"))
        try control.setModified("a", to: 0)
        #expect(control.born("a") == born && control.born("b") == nil)
    }
}

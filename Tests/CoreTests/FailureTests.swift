import Core
import Foundation
import Testing

@Suite struct FailureTests {
    private let failure = Failure(
        .unavailable, code: "no_quota", operation: "draw", subject: "scene 3",
        cause: "the quota is used up", hint: "Wait until tomorrow", retryAfter: 30)

    @Test func saysWhatHappenedToWhatAndWhy() {
        #expect(failure.message == "Could not draw scene 3: the quota is used up.")
    }

    @Test func itsDescriptionEndsInTheHintIfThereIsOne() {
        #expect(failure.description == "\(failure.message) Wait until tomorrow.")
        var bare = failure
        bare.hint = nil
        #expect(bare.description == failure.message)
    }

    @Test(arguments: Failure.Kind.allCases)
    func comesBackFromARecord(_ kind: Failure.Kind) throws {
        var failure = failure
        failure.kind = kind
        let data = try JSONEncoder().encode(failure)
        #expect(try JSONDecoder().decode(Failure.self, from: data) == failure)
    }
}

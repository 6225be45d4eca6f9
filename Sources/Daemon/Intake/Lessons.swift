import Core

/// Rounds of looking for the claimed jobs in their directories, beside the loop. A round serves all requests
/// that were there when it began.
struct Lessons {
    private var begun = 0
    private var done = 0
    /// The round that each request needs.
    private var needed: [FileName: Int] = [:]

    /// Whether a round is under way.
    var isUnderWay: Bool { begun > done }

    /// Whether a round is to begin: somebody needs one, and none is under way.
    var isDue: Bool { !isUnderWay && needed.values.contains { $0 > begun } }

    /// Whether a request needed a round and has had it.
    func isServed(_ name: FileName) -> Bool { needed[name].map { done >= $0 } ?? false }

    /// A request needs a round that is yet to begin, if it has not had or asked for one already.
    mutating func need(_ name: FileName) {
        if needed[name] == nil { needed[name] = begun + 1 }
    }

    /// It is over with a request.
    mutating func end(_ name: FileName) { needed[name] = nil }

    /// A round begins.
    mutating func begin() { begun += 1 }

    /// A round has ended.
    mutating func finish() { done = begun }
}

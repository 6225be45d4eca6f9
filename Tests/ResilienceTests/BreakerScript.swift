import Resilience
import Testing

/// Tells a breaker a story in words, and checks what it says: for tables of events and states.
///
/// `s` `f` `i` a call that succeeds, fails, or says nothing; `l` one that succeeds but takes 10 s; each
/// is admitted. `x` a call that is refused. `(` a call that is admitted and begins; `)s` `)f` `)i` the
/// oldest of those ends. `+5` 5 s pass. `=closed` and so on is the state. `!open` and so on is said
/// by an operator.
struct BreakerScript {
    var breaker: CircuitBreaker
    private var now = Duration.zero
    private var permits: [CircuitBreaker.Permit] = []

    init(_ settings: BreakerSettings) { breaker = CircuitBreaker(settings) }

    mutating func run(_ story: String, _ place: SourceLocation = #_sourceLocation) {
        for (index, word) in story.split(separator: " ").enumerated() {
            let said = perform(String(word))
            #expect(said == nil, "word \(index), \(word), of \(story)", sourceLocation: place)
        }
    }

    /// What is wrong.
    private mutating func perform(_ word: String) -> String? {
        switch word {
        case "x":
            guard case .refused = breaker.admit(now: now).admission else { return "admitted" }
        case "(": return begin()
        case "s", "f", "i", "l":
            if let problem = begin() { return problem }
            end(permits.removeLast(), word)
        case ")s", ")f", ")i":
            guard !permits.isEmpty else { return "no call" }
            end(permits.removeFirst(), String(word.dropFirst()))
        case "!open": _ = breaker.forceOpen()
        case "!disable": _ = breaker.disable()
        case "!metrics": _ = breaker.onlyMeasure()
        case "!enable": _ = breaker.enable()
        case "!reset": _ = breaker.reset()
        case _ where word.first == "+":
            now += .seconds(Int(word.dropFirst()) ?? 0)
        case _ where word.first == "=":
            let state = name
            return state == word.dropFirst() ? nil : state
        default: return "unknown"
        }
        return nil
    }

    private mutating func begin() -> String? {
        guard case .allowed(let permit) = breaker.admit(now: now).admission else {
            return "refused"
        }
        permits.append(permit)
        return nil
    }

    private mutating func end(_ permit: CircuitBreaker.Permit, _ how: String) {
        _ = breaker.record(
            permit, outcome: how == "f" ? .failure : how == "i" ? .ignored : .success, now: now,
            took: how == "l" ? .seconds(10) : .zero)
    }

    private var name: String {
        switch breaker.state {
        case .closed: "closed"
        case .open: "open"
        case .halfOpen: "half"
        case .forcedOpen: "forced"
        case .disabled: "disabled"
        case .metricsOnly: "metrics"
        }
    }
}

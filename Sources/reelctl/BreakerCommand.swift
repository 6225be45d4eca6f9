import Core
import Daemon
import Glibc
import Linux
import Pipeline
import Resilience
import Spool

/// `reelctl breaker PROVIDER VERB`: asks the daemon for something by a file in `control/`, and says
/// what the breaker is then.
struct BreakerCommand {
    private let context: Context
    private let patience: Duration

    init(_ context: Context, patience: Duration?) {
        self.context = context
        self.patience = patience ?? .seconds(30)
    }

    private struct Answer: Encodable {
        var provider: String
        var verb: BreakerRequest.Verb
        var result: Result
        var state: CircuitBreaker.Snapshot.Name?

        enum Result: String, Encodable { case done, pending, refused }
    }

    func run(_ operands: [String]) throws -> Int32 {
        let request = try request(operands)
        let targets = try Targets(context)
        let control = targets.root[.control]
        guard let file = request.fileName else {
            throw CommandLineArguments.Mistake("'\(request.provider)' is no provider's name.")
        }
        let changes = DirectoryChanges([control])
        let deadline = ContinuousClock.now + patience
        // One that is there already asks for the same.
        try converting("ask for it in") { () throws in _ = try control.create(file) }
        while targets.daemonRuns, .now < deadline, try isThere(file, control) {
            changes.wait(atMost: min(.seconds(1), deadline - .now))
        }
        if try isThere(file, control) {
            let runs = targets.daemonRuns
            try tell(
                Answer(provider: request.provider, verb: request.verb, result: .pending),
                isRunning: runs)
            return runs ? Status.timeout : Status.done
        }
        let record = try ProviderRecord.read(in: targets.root)
        let state = record?.providers[request.provider]?.breaker.state
        let isDone = request.verb.isDone(state)
        try tell(
            Answer(
                provider: request.provider, verb: request.verb,
                result: isDone ? .done : .refused, state: state))
        return isDone ? Status.done : Status.refused
    }

    private func request(_ operands: [String]) throws -> BreakerRequest {
        let verbs = BreakerRequest.Verb.allCases.map(\.rawValue)
        guard operands.count == 2 else {
            throw CommandLineArguments.Mistake(
                "breaker needs a PROVIDER and one of \(verbs.joined(separator: ", ")).")
        }
        guard let verb = BreakerRequest.Verb(rawValue: operands[1]) else {
            throw CommandLineArguments.Mistake(
                "'\(operands[1])' is not one of \(verbs.joined(separator: ", ")).")
        }
        return BreakerRequest(verb, operands[0])
    }

    private func isThere(_ file: FileName, _ control: Directory) throws(Failure) -> Bool {
        try converting("look at the request in") { () throws in try control.contains(file) }
    }

    private func tell(_ answer: Answer, isRunning: Bool = true) throws(Failure) {
        if context.wantsJSON { return try writeJSON(answer) }
        let state = answer.state.map { $0.rawValue.replacing("_", with: " ") } ?? "not known"
        let text =
            switch answer.result {
            case .done: "The breaker of \(answer.provider) is \(state)."
            case .pending:
                isRunning
                    ? "The daemon has not done it yet; it will when it can."
                    : "It will be done when the daemon starts."
            case .refused:
                "It was not done, and the breaker of \(answer.provider) is \(state): the daemon's log says why."
            }
        writeLine(
            text, to: answer.result == .refused ? STDERR_FILENO : STDOUT_FILENO)
    }
}

extension BreakerRequest.Verb {
    /// Whether a breaker in this state is what was asked for. One that was closed may have opened
    /// again since.
    fileprivate func isDone(_ state: CircuitBreaker.Snapshot.Name?) -> Bool {
        switch (self, state) {
        case (_, nil): false
        case (.open, let state): state == .forcedOpen
        case (.disable, let state): state == .disabled
        case (.metrics, let state): state == .metricsOnly
        case (.reset, let state), (.enable, let state):
            state == .closed || state == .open || state == .halfOpen
        }
    }
}

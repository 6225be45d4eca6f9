import Core

extension JSONField {
    /// Which providers do each kind of work: `{ narration: ["espeak-ng"] }`.
    public func providerChains() throws(JSONError) -> ProviderChains {
        var chains = ProviderChains()
        for entry in try entries(count: 0...VideoTask.allCases.count) {
            guard let task = VideoTask(rawValue: entry.key) else {
                throw entry.error(
                    "'\(entry.key)' is no kind of work"
                        + Self.question(entry.key, VideoTask.allCases.map(\.rawValue)),
                    hint: Self.list("The kinds are", VideoTask.allCases.map(\.rawValue)))
            }
            let names = VideoProvider.all.filter { $0.task == task }.map(\.name)
            var chain: [String] = []
            // Nobody has to review.
            let least = task == .review ? 0 : 1
            for field in try entry.field.elements(count: least...max(least, names.count)) {
                let name = try field.string(length: 1...64)
                guard names.contains(name) else {
                    throw field.error(
                        "nobody does \(task.rawValue) who is called so"
                            + Self.question(name, names),
                        hint: Self.list("The providers are", names))
                }
                guard !chain.contains(name) else {
                    throw field.error("it is named twice", hint: "Name each once")
                }
                chain.append(name)
            }
            chains[task] = chain
        }
        return chains
    }

    private static func question(_ name: String, _ all: [String]) -> String {
        Spelling.suggestion(for: name, among: all).map { " (did you mean '\($0)'?)" } ?? ""
    }

    private static func list(_ words: String, _ names: [String]) -> String {
        "\(words) \(names.joined(separator: ", "))"
    }
}

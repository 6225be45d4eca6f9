import Core
import Pipeline
import Resilience
import Spool
import Video

// The pipelines and hooks of the configuration, which are steps.

extension JSONField {
    func pipelines(
        retry: RetryPolicy
    ) throws(JSONError) -> [String: CommandPipeline] {
        var pipelines: [String: CommandPipeline] = [:]
        for entry in try entries(count: 0...1000) {
            guard entry.key.isPlainName else {
                throw entry.error(
                    "'\(entry.key)' cannot be a pipeline's name",
                    hint: "Use lower-case letters, digits, - and _, a letter first")
            }
            guard entry.key != "video" else {
                throw entry.error("'video' is built in", hint: "Give your pipeline another name")
            }
            pipelines[entry.key] = try entry.field.pipeline(retry)
        }
        return pipelines
    }

    private func pipeline(_ retry: RetryPolicy) throws(JSONError) -> CommandPipeline {
        var reader = try object()
        let after = try reader.optional("after")
        let list = try reader.required("steps")
        try reader.finish()
        if let after, try after.string(length: 0...64) != "video" {
            throw after.error(
                "is not the name of a pipeline to go on from", hint: "The only one is 'video'")
        }
        let steps = try list.steps(count: 1...1000, retry) { name in
            guard after != nil, VideoPipeline.mayHaveStep(name) else { return nil }
            return "a step of the pipeline 'video' may be named '\(name)'"
        }
        return CommandPipeline(steps: steps, isAfterVideo: after != nil)
    }

    /// Steps that can be brought into an order. `objection` says what is wrong with a name.
    private func steps(
        count: ClosedRange<Int>, _ retry: RetryPolicy,
        objection: (String) -> String? = { _ in nil }
    ) throws(JSONError) -> [CommandPipeline.Step] {
        var steps: [CommandPipeline.Step] = []
        for field in try elements(count: count) {
            let step = try field.step(retry)
            if steps.contains(where: { $0.name == step.name }) {
                throw field.error("there are two steps named '\(step.name)'")
            }
            if let objection = objection(step.name) {
                throw field.error(objection, hint: "Give it another name")
            }
            steps.append(step)
        }
        do throws(Failure) { try CommandPipeline(steps: steps).validate() } catch {
            throw self.error("\(error.subject): \(error.cause)")
        }
        return steps
    }

    /// What is called when jobs go to `state`.
    func hooks(
        _ state: SpoolDirectory, retry: RetryPolicy
    ) throws(JSONError) -> [CommandPipeline.Step] {
        let hooks = try steps(count: 0...100, retry)
        if state != .done,
            let hook = hooks.first(where: { $0.providers.contains { $0.names("{video}") } })
        {
            throw error(
                "the hook '\(hook.name)' names {video}, which jobs that are \(state.rawValue) have not",
                hint: "Give it {session} or {receipt}")
        }
        return hooks
    }

    private func step(_ retry: RetryPolicy) throws(JSONError) -> CommandPipeline.Step {
        var reader = try object()
        let name = try reader.required("name").plainName("a step's name")
        var step = CommandPipeline.Step(name: name, providers: try providers(&reader))
        if let field = try reader.optional("needs") {
            step.needs = try field.elements(count: 0...1000).map {
                (need) throws(JSONError) in try need.string(length: 1...64)
            }
        }
        if let field = try reader.optional("timeout") {
            step.timeout = try field.number(in: 0.001...31_536_000)
        }
        if let field = try reader.optional("step_timeout") {
            step.stepTimeout = try field.number(in: 0.001...31_536_000)
        }
        if let field = try reader.optional("retry") { step.retry = try field.retry(retry).policy }
        if let field = try reader.optional("credentials") {
            step.credentials = try field.credentials()
        }
        try reader.finish()
        return step
    }

    /// Who can do a step: one by its command alone, or several with their names.
    private func providers(
        _ reader: inout ObjectReader
    ) throws(JSONError) -> [CommandPipeline.Provider] {
        let command = try reader.optional("command")
        guard let list = try reader.optional("providers") else {
            guard let command else {
                throw reader.field.error("a step needs a command, or providers with theirs")
            }
            return [CommandPipeline.Provider(command: try command.command())]
        }
        if let command {
            throw command.error("there are providers already", hint: "Give each its own command")
        }
        var providers: [CommandPipeline.Provider] = []
        for field in try list.elements(count: 1...16) {
            var one = try field.object()
            let nameField = try one.required("name")
            let name = try nameField.plainName("a provider's name")
            if providers.contains(where: { $0.name == name }) {
                throw nameField.error("'\(name)' cannot be the provider to go on with after itself")
            }
            let command = try one.required("command").command()
            try one.finish()
            providers.append(CommandPipeline.Provider(name: name, command: command))
        }
        return providers
    }

    /// What systemd takes for the name of a credential, and is no dotfile.
    private func credentials() throws(JSONError) -> [String] {
        var names: [String] = []
        for field in try elements(count: 0...64) {
            let name = try field.string(length: 1...255)
            let isPlain = name.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0)
                    || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E
            }
            guard isPlain, !name.hasPrefix(".") else {
                throw field.error(
                    "'\(name)' cannot be a credential's name",
                    hint: "Use letters, digits, -, _ and ., no full stop first")
            }
            guard !names.contains(name) else { throw field.error("'\(name)' is there twice") }
            names.append(name)
        }
        return names
    }

    private func command() throws(JSONError) -> [String] {
        let command = try elements(count: 1...1000).map { (argument) throws(JSONError) in
            let text = try argument.string(length: 0...100_000)
            guard !text.utf8.contains(0) else { throw argument.error("contains a NUL character") }
            return text
        }
        guard command.first?.isEmpty == false else { throw error("the command's program is empty") }
        return command
    }

    private func plainName(_ what: String) throws(JSONError) -> String {
        let name = try string(length: 1...64)
        guard name.isPlainName else {
            throw error(
                "'\(name)' cannot be \(what)",
                hint: "Use lower-case letters, digits, - and _, a letter first")
        }
        return name
    }
}

extension String {
    /// Lower-case letters, digits, `-` and `_`, a letter first: `[a-z][a-z0-9_-]{0,63}`.
    fileprivate var isPlainName: Bool {
        guard let first = utf8.first, (0x61...0x7A).contains(first), utf8.count <= 64 else {
            return false
        }
        return utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F
        }
    }
}

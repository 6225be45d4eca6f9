import Core
import Pipeline
import Resilience
import Spool
import Video

extension Configuration {
    /// The largest time that can be set, in seconds: a year.
    private static let longest = 31_536_000.0
    /// The longest time to keep something, in seconds: a hundred years.
    private static let longestKept = 3_153_600_000.0

    /// Reads a configuration from JSON5. What is left out has its default.
    public init(decoding bytes: [UInt8]) throws(JSONError) {
        self.init()
        var reader = try ObjectReader(JSONNode(parsing: bytes, dialect: .json5))
        if let field = try reader.optional("root") { root = try field.absoluteDirectory() }
        if let field = try reader.optional("log_level") { logLevel = try field.choice() }
        try reader.section("inbox") { (section) throws(JSONError) in
            try section.time("quiet_time", &inbox.quietTime, 0...3600)
            try section.time("scan_interval", &inbox.scanInterval, 0.1...Self.longest)
            if let field = try section.optional("watch") { inbox.watch = try field.choice() }
            try section.time("poll_interval", &inbox.pollInterval, 0.1...Self.longest)
        }
        try reader.section("jobs") { (section) throws(JSONError) in
            try section.count("parallel", &jobs.parallel, 1...1000)
            try section.time("drain_time", &jobs.drainTime, 0...Self.longest)
            try section.time("duplicate_window", &jobs.duplicateWindow, 0...Self.longest)
            try section.time("retry_delay", &jobs.retryDelay, 0.1...Self.longest)
            try section.time("space_delay", &jobs.spaceDelay, 1...Self.longest)
            try section.time("pipeline_grace", &jobs.pipelineGrace, 0...Self.longest)
            try section.count("max_session_bytes", &jobs.maxSessionBytes, 1 << 20...1 << 50)
            try section.count("max_session_files", &jobs.maxSessionFiles, 100...100_000_000)
            try section.time("ageing", &jobs.ageing, 1...Self.longest)
            try section.section("user_limits") { (limits) throws(JSONError) in
                try limits.count("running", &jobs.userLimits.running, 0...1_000_000)
                try limits.count("waiting", &jobs.userLimits.waiting, 0...1_000_000_000)
                try limits.count("priority", &jobs.userLimits.priority, -100...100)
            }
        }
        try reader.section("disk") { (section) throws(JSONError) in
            try section.count("reserve_bytes", &disk.reserveBytes, 0...1_000_000_000_000_000)
            try section.count("reserve_files", &disk.reserveFiles, 0...1_000_000_000)
        }
        try reader.section("steps") { (section) throws(JSONError) in
            try section.count("parallel", &steps.parallel, 1...1000)
        }
        if let field = try reader.optional("retry") { retry = try field.retry(retry.policy) }
        if let field = try reader.optional("breaker") { breaker = try field.breaker(breaker) }
        try reader.section("tools") { (section) throws(JSONError) in
            if let field = try section.optional("path") {
                tools.path = try field.directories(count: 1...64)
            }
            try section.time("grace", &tools.grace, 0...3600)
            try section.count("log_limit", &tools.logLimit, 1 << 10...1 << 26)
            try section.count("output_limit", &tools.outputLimit, 1 << 20...1 << 50)
            if let field = try section.optional("environment") {
                tools.environment = try field.toolEnvironment()
            }
        }
        try reader.section("cache") { (section) throws(JSONError) in
            try section.count("max_bytes", &cache.maxBytes, 0...1_000_000_000_000_000)
        }
        try reader.section("retention") { (section) throws(JSONError) in
            try section.time("interval", &retention.interval, 0.1...Self.longest)
            try section.time("age", &retention.age, 0...Self.longestKept)
            try section.count("count", &retention.count, 0...1_000_000_000)
            try section.count("bytes", &retention.bytes, 0...1_000_000_000_000_000)
            if let field = try section.optional("directories") {
                retention.directories = try field.retainedDirectories(longest: Self.longestKept)
            }
            try section.time("job_files_age", &retention.jobFilesAge, 0...Self.longestKept)
        }
        try reader.section("video") { (section) throws(JSONError) in
            if let field = try section.optional("music_directories") {
                video.musicDirectories = try field.directories(count: 0...64)
            }
            if let field = try section.optional("image_directories") {
                video.imageDirectories = try field.directories(count: 0...64)
            }
            if let field = try section.optional("encoder") { video.encoder = try field.choice() }
        }
        if let field = try reader.optional("pipelines") {
            pipelines = try field.pipelines(retry: retry.policy)
        }
        try reader.section("on") { (section) throws(JSONError) in
            for state in SpoolDirectory.terminal {
                guard let field = try section.optional(state.rawValue) else { continue }
                hooks[state] = try field.hooks(state, retry: retry.policy)
            }
            try section.time("patience", &hooks.patience, 0...Self.longest)
        }
        if let field = try reader.optional("providers") {
            providers = try field.providers(generalPolicy, known: providerNames)
        }
        let presetsField = try reader.optional("presets")
        let defaultsField = try reader.optional("defaults")
        try reader.finish()
        // They name pipelines and directories, so they are judged by all the rest.
        for (name, field) in try presetsField?.presets() ?? [] {
            let (fields, brief) = try field.presetFields()
            presets[name] = fields
            try refuse(brief, in: field)
        }
        if let defaultsField {
            let (fields, brief) = try defaultsField.presetFields()
            defaults = fields
            try refuse(brief, in: defaultsField)
        }
    }

    /// Refuses what no job spec could take from here.
    private func refuse(_ brief: Brief, in field: JSONField) throws(JSONError) {
        guard let objection = Pipelines(configuration: self).objections(to: brief).first else {
            return
        }
        var reader = try field.object()
        throw (try reader.optional(objection.field) ?? field).error(
            objection.statement, hint: objection.failure.hint)
    }
}

extension ObjectReader {
    fileprivate mutating func section(
        _ key: String, _ body: (inout ObjectReader) throws(JSONError) -> Void
    ) throws(JSONError) {
        guard var section = try optional(key)?.object() else { return }
        try body(&section)
        try section.finish()
    }

    fileprivate mutating func time(
        _ key: String, _ value: inout Double, _ range: ClosedRange<Double>
    ) throws(JSONError) {
        if let field = try optional(key) { value = try field.number(in: range) }
    }

    fileprivate mutating func count(
        _ key: String, _ value: inout Int, _ range: ClosedRange<Int>
    ) throws(JSONError) {
        if let field = try optional(key) { value = try field.integer(in: range) }
    }
}

extension JSONField {
    fileprivate func absoluteDirectory() throws(JSONError) -> String {
        let path = try string(length: 1...4096)
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw expected("an absolute path")
        }
        return path
    }

    fileprivate func directories(count: ClosedRange<Int>) throws(JSONError) -> [String] {
        try elements(count: count).map { (element) throws(JSONError) in
            try element.absoluteDirectory()
        }
    }

    /// Names to pass on, or names with their values, of which null is the one that is passed on.
    fileprivate func toolEnvironment() throws(JSONError) -> ToolEnvironment {
        var variables: [String: ToolEnvironment.Value] = [:]
        if case .array = value {
            for field in try elements(count: 0...256) {
                let name = try field.string(length: 1...256)
                if let fault = Self.fault(inVariable: name) {
                    throw field.error(fault.reason, hint: fault.hint)
                }
                variables[name] = .passedOn
            }
            return ToolEnvironment(variables)
        }
        guard case .object = value else {
            throw expected("an array of names, or an object of names and values")
        }
        for entry in try entries(count: 0...256) {
            if let fault = Self.fault(inVariable: entry.key) {
                throw entry.error(fault.reason, hint: fault.hint)
            }
            guard entry.field.value != .null else {
                variables[entry.key] = .passedOn
                continue
            }
            guard case .string = entry.field.value else {
                throw entry.field.expected("a string, or null for the value that reeld itself has")
            }
            let text = try entry.field.string(length: 0...100_000)
            guard !text.utf8.contains(0) else {
                throw entry.field.error("contains a NUL character")
            }
            variables[entry.key] = .text(text)
        }
        return ToolEnvironment(variables)
    }

    private static func fault(inVariable name: String) -> (reason: String, hint: String)? {
        guard ToolEnvironment.isName(name) else {
            return (
                "'\(name)' cannot be a variable's name",
                "Use letters, digits and _, no digit first"
            )
        }
        return ToolEnvironment.objection(to: name).map {
            ("'\(name)' cannot be set for tools", "Leave it out: \($0)")
        }
    }

    fileprivate func retainedDirectories(longest: Double) throws(JSONError) -> [String: Double] {
        var directories: [String: Double] = [:]
        for entry in try entries(count: 0...RetentionPolicy.droppable.count) {
            guard RetentionPolicy.droppable.contains(entry.key) else {
                let names = RetentionPolicy.droppable.joined(separator: ", ")
                throw entry.error(
                    "'\(entry.key)' is no directory that goes before its session does",
                    hint: "Those are \(names)")
            }
            directories[entry.key] = try entry.field.number(in: 1...longest)
        }
        return directories
    }

    fileprivate func providers(
        _ general: ProviderPolicy, known names: [String]
    ) throws(JSONError) -> [String: ProviderPolicy] {
        var providers: [String: ProviderPolicy] = [:]
        for entry in try entries(count: 0...1000) {
            guard names.contains(entry.key) else {
                let meant = Spelling.suggestion(for: entry.key, among: names)
                let question = meant.map { " (did you mean '\($0)'?)" } ?? ""
                throw entry.error(
                    "no step has a provider of that name\(question)",
                    hint: "The providers are \(names.joined(separator: ", "))")
            }
            providers[entry.key] = try entry.field.provider(general)
        }
        return providers
    }

    fileprivate func pipelines(
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
    fileprivate func hooks(
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

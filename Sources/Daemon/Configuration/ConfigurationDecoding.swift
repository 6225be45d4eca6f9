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
            if let field = try section.optional("providers") {
                video.providers = try field.providerChains()
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
}

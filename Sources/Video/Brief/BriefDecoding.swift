import Core

extension Brief {
    /// Reads a job spec from its bytes, which may be anything.
    public init(decoding bytes: [UInt8]) throws(JSONError) {
        try self.init(JSONNode(parsing: bytes))
    }

    /// Reads a spec that was accepted before, from what was put on record of it.
    public init(recorded bytes: [UInt8]) throws(JSONError) {
        try self.init(
            JSONNode(parsing: bytes, limits: JSONLimits(size: max(bytes.count, 1 << 20))))
    }

    /// Reads a job spec from what was parsed.
    public init(_ node: JSONNode) throws(JSONError) {
        var reader = try ObjectReader(node)
        self.init(topic: try reader.required("topic").text(BriefLimits.topic))
        script = try reader.optional("script")?.narration()
        id = try reader.optional("id")?.identity()
        preset = try reader.optional("preset")?.presetName()
        try readShared(&reader)
        try reader.finish()
    }

    /// Reads what many jobs may have in common, and no job is made of alone.
    public init(shared field: JSONField) throws(JSONError) {
        self.init(topic: "")
        for entry in try field.entries() where Self.ownFields.contains(entry.key) {
            throw entry.error(
                "'\(entry.key)' is for each job spec itself to say", hint: "Leave it out here")
        }
        var reader = try field.object()
        try readShared(&reader)
        try reader.finish()
    }

    /// Reads the name of a preset.
    public static func presetName(_ field: JSONField) throws(JSONError) -> String {
        guard field.value != .null else {
            throw field.error("must not be null", hint: "Leave the field out instead of null")
        }
        return try field.presetName()
    }

    /// The fields that every job spec has of its own.
    public static let ownFields = ["topic", "script", "id", "preset"]

    private mutating func readShared(_ reader: inout ObjectReader) throws(JSONError) {
        if let field = try reader.optional("platform") { platform = try field.choice() }
        if let field = try reader.optional("variants") {
            variants = try field.elements(count: BriefLimits.variants).map {
                (platform) throws(JSONError) in try platform.choice()
            }
            guard Set(variants + [platform]).count == variants.count + 1 else {
                throw field.error(
                    "a platform is named twice",
                    hint: "Name each once, and not the one that 'platform' says")
            }
        }
        if let field = try reader.optional("orientation") { orientation = try field.choice() }
        if let field = try reader.optional("resolution") {
            resolution = try field.resolution()
            if let orientation, orientation != resolution?.orientation {
                throw field.error(
                    "it is not \(orientation.rawValue), as orientation says",
                    hint: "Give either of them")
            }
        }
        duration = try reader.optional("duration")?.number(in: BriefLimits.duration)
        category = try reader.optional("category")?.text(BriefLimits.category)
        if let field = try reader.optional("language") { language = try field.languageTag() }
        try readWords(&reader)
        tone = try reader.optional("tone")?.text(BriefLimits.remark)
        audience = try reader.optional("audience")?.text(BriefLimits.remark)
        voice = try reader.optional("voice")?.voiceName()
        if let field = try reader.optional("palette") { palette = try field.palette() }
        if let field = try reader.optional("images") {
            images = try field.elements(count: BriefLimits.images).map {
                (path) throws(JSONError) in try path.absolutePath()
            }
        }
        if let field = try reader.optional("fit") { fit = try field.choice() }
        if let field = try reader.optional("transition") { transition = try field.choice() }
        if let field = try reader.optional("captions") { captionStyle = try field.choice() }
        music = try reader.optional("music")?.music()
        if let field = try reader.optional("review") { review = try field.bool() }
        if let field = try reader.optional("priority") {
            priority = try field.integer(in: BriefLimits.priority)
        }
        notBefore = try reader.optional("not_before")?.moment()
        if let field = try reader.optional("labels") { labels = try field.labels() }
        if let field = try reader.optional("providers") { providers = try field.providerChains() }
        if let field = try reader.optional("pipeline") { pipeline = try field.pipelineName() }
    }

    private mutating func readWords(_ reader: inout ObjectReader) throws(JSONError) {
        if let field = try reader.optional("key_points") {
            guard script == nil else {
                throw field.error(
                    "script and key_points are both given",
                    hint: "Give either: key_points are for a script that is yet to be written")
            }
            keyPoints = try field.elements(count: BriefLimits.keyPoints).map {
                (point) throws(JSONError) in try point.text(BriefLimits.keyPoint)
            }
        }
        hook = try reader.optional("hook")?.text(BriefLimits.sentence)
        callToAction = try reader.optional("call_to_action")?.text(BriefLimits.sentence)
    }
}

extension JSONField {
    /// A script: one text, or scenes.
    fileprivate func narration() throws(JSONError) -> Brief.Narration {
        switch value {
        case .string: return .text(try text(BriefLimits.script))
        case .array:
            let scenes = try elements(count: BriefLimits.scenes)
            return .scenes(try scenes.map { (scene) throws(JSONError) in try scene.scene() })
        default: throw expected("a string or an array of scenes")
        }
    }

    private func scene() throws(JSONError) -> Brief.SceneText {
        switch value {
        case .string: return Brief.SceneText(narration: try text(BriefLimits.narration))
        case .object:
            var reader = try object()
            let heading = try reader.optional("heading")?.text(BriefLimits.heading)
            let narration = try reader.required("narration").text(BriefLimits.narration)
            let image = try reader.optional("image")?.absolutePath()
            try reader.finish()
            return Brief.SceneText(heading: heading, narration: narration, image: image)
        default: throw expected("a string or an object with 'narration'")
        }
    }

    fileprivate func palette() throws(JSONError) -> [String] {
        try elements(count: BriefLimits.palette).map { (colour) throws(JSONError) in
            try colour.colour()
        }
    }

    fileprivate func labels() throws(JSONError) -> [String: String] {
        var labels: [String: String] = [:]
        for entry in try entries(count: BriefLimits.labels) {
            let length = entry.key.unicodeScalars.count
            guard BriefLimits.labelKey.contains(length) else {
                throw entry.error("a label's name must have 1 to 64 characters, not \(length)")
            }
            guard !entry.key.unicodeScalars.contains(where: \.isControl) else {
                throw entry.error("a label's name must not contain control characters")
            }
            labels[entry.key] = try entry.field.plainText(BriefLimits.labelValue)
        }
        return labels
    }
}

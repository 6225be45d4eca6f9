import Core

/// What a job spec says of its job, for whoever looks at it. Nothing of it is checked: what is not there, or is
/// something else than it has to be, is nil.
struct SpecGlance {
    /// What the video is about.
    var topic: String?
    /// Higher goes first.
    var priority: Int?
    /// What its owner knows it by.
    var id: String?
    /// The user's own notes.
    var labels: [String: String] = [:]

    init?(_ bytes: [UInt8]) {
        guard let node = try? JSONNode(parsing: bytes), case .object(let members) = node.value
        else {
            return nil
        }
        for member in members {
            switch (member.key, member.node.value) {
            case ("topic", .string(let text)): topic = text
            case ("priority", .number(let number)): priority = number.integer
            case ("id", .string(let text)): id = text
            case ("labels", .object(let members)):
                for label in members {
                    if case .string(let text) = label.node.value { labels[label.key] = text }
                }
            default: break
            }
        }
    }
}

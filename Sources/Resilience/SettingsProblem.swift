/// A setting that contradicts itself or another.
public struct SettingsProblem: Hashable, Sendable {
    /// Where, as in the configuration: `breaker.window`.
    public let path: String
    /// Why, as the end of a sentence that begins with the path: `must be at least 1`.
    public let reason: String
}

/// Collects problems below a path.
struct SettingsCheck {
    let path: String
    private(set) var problems: [SettingsProblem] = []

    init(_ path: String) { self.path = path }

    /// Notes a problem with a field unless all is well.
    mutating func expect(_ isWell: Bool, _ field: String, _ reason: String) {
        guard !isWell else { return }
        problems.append(SettingsProblem(path: below(field), reason: reason))
    }

    /// The path of a field.
    func below(_ field: String) -> String { path.isEmpty ? field : "\(path).\(field)" }

    /// The same, for a limit that has to be at least 1 if there is one.
    mutating func expectLimit(_ limit: Int?, _ field: String) {
        expect(limit.map { $0 >= 1 } ?? true, field, "must be at least 1")
    }

    /// The same, for a share above 0 and up to 1 if there is one.
    mutating func expectRate(_ rate: Double?, _ field: String) {
        expect(rate.map { $0 > 0 && $0 <= 1 } ?? true, field, "must be above 0 and at most 1")
    }
}

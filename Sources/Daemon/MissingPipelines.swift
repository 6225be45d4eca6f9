/// The pipelines that reloads took away: what names one waits for a while, since it may be back with the next
/// reload. A configuration is often mended in several steps, and a job that was rejected meanwhile would be
/// lost on whoever dropped it.
struct MissingPipelines: Hashable, Sendable {
    typealias Instant = ContinuousClock.Instant

    private var since: [String: Instant] = [:]

    /// Those that are missing, in order.
    var names: [String] { since.keys.sorted() }

    /// Notes that the pipelines there are have been replaced by others.
    mutating func note(_ old: some Sequence<String>, replacedBy new: Set<String>, at now: Instant) {
        for name in old where since[name] == nil { since[name] = now }
        since = since.filter { !new.contains($0.key) }
    }

    /// How much longer to wait for a pipeline, if each is waited for so long; nil if it was never there, or
    /// is not waited for any more.
    func wait(for name: String, grace: Duration, at now: Instant) -> Duration? {
        guard let since = since[name] else { return nil }
        let wait = since + grace - now
        return wait > .zero ? wait : nil
    }
}

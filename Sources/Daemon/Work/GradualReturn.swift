/// How the jobs that waited for a provider come back when its breaker lets calls through again: a few
/// at once, and each second twice as many as the second before, so that one that has only just
/// recovered is not met by all of them.
///
/// A value: it says when how many may come, and does not know the jobs.
struct GradualReturn {
    typealias Instant = ContinuousClock.Instant

    /// How long it is from one batch to the next.
    static let pause: Duration = .seconds(1)

    private struct Batch {
        var size: Int
        var at: Instant
    }

    private var batches: [String: Batch] = [:]

    /// A provider works again: `first` jobs may come now, more from then on. One to which jobs are
    /// coming back already goes on as before.
    mutating func begin(_ provider: String, first: Int, at now: Instant) {
        guard batches[provider] == nil else { return }
        batches[provider] = Batch(size: max(first, 1), at: now)
    }

    /// It does not work any more, or nobody waits for it.
    mutating func end(_ provider: String) { batches[provider] = nil }

    /// The providers to which jobs may go now, and how many to each.
    mutating func takeDue(at now: Instant) -> [(provider: String, count: Int)] {
        let due = batches.filter { $0.value.at <= now }.sorted { $0.key < $1.key }
        for (provider, batch) in due {
            let (double, overflow) = batch.size.multipliedReportingOverflow(by: 2)
            batches[provider] = Batch(size: overflow ? .max : double, at: now + Self.pause)
        }
        return due.map { ($0.key, $0.value.size) }
    }

    /// When the next batch is due; nil if there is none.
    var next: Instant? { batches.values.map(\.at).min() }
}

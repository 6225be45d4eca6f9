/// Wall-clock times of what was saved, as far as they can be trusted.
enum SavedTime {
    /// More than anything here can wait for; keeps sums far from the end of `Duration`.
    static let forever = Duration.seconds(1 << 40)
    /// As long ago.
    static let never = Duration.seconds(-1 << 40)

    /// How long ago it was. A clock that was set back, or one that is no number, makes that nothing:
    /// then what was waited for is waited for anew, and no longer than that.
    static func passed(since saved: Double, until wall: Double) -> Duration {
        let seconds = wall - saved
        guard seconds > 0 else { return .zero }
        return seconds < forever / .seconds(1) ? .seconds(seconds) : forever
    }

    /// A saved number of seconds, within bounds.
    static func duration(_ seconds: Double, atMost limit: Duration) -> Duration {
        guard seconds > 0 else { return .zero }
        return seconds < limit / .seconds(1) ? .seconds(seconds) : limit
    }
}

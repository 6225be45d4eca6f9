extension Duration {
    /// The duration in seconds.
    public var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }

    /// The duration in whole microseconds, as the journal wants it.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// As people read it: `340 ms`, `12.4 s`, `3 min 20 s`, `2 h 5 min`.
    public var text: String {
        let value = seconds
        // Compared as they will be written: no `1000 ms` and no `60.0 s`.
        let milliseconds = (value * 1000).rounded()
        if milliseconds < 1000 { return "\(Int(milliseconds)) ms" }
        let tenths = (value * 10).rounded() / 10
        if tenths < 60 { return "\(tenths) s" }
        let whole = Int(value.rounded())
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3600) h \(whole / 60 % 60) min"
    }
}

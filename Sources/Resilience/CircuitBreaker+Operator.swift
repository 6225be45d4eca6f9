/// What an operator can say. Each returns the change of state, or nil if it is so already. Permits
/// given before no longer count.
extension CircuitBreaker {
    /// Closes it and forgets what it has learnt, whatever state it is in.
    public mutating func reset() -> Transition {
        counts = BreakerCounts()
        lastFailure = nil
        return change(to: .closed, .asked)
    }

    /// Keeps it open until it is reset or enabled.
    public mutating func forceOpen() -> Transition? { move(to: .forcedOpen) }

    /// Lets everything through and learns nothing, until it is reset or enabled.
    public mutating func disable() -> Transition? { move(to: .disabled) }

    /// Lets everything through and counts, until it is reset or enabled.
    public mutating func onlyMeasure() -> Transition? { move(to: .metricsOnly) }

    /// Lets it work by itself again, from closed. One that does so already stays as it is.
    public mutating func enable() -> Transition? {
        switch phase {
        case .closed, .open, .halfOpen: nil
        case .forcedOpen, .disabled, .metricsOnly: change(to: .closed, .asked)
        }
    }

    private mutating func move(to next: Phase) -> Transition? {
        phase == next ? nil : change(to: next, .asked)
    }
}

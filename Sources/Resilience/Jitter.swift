/// How chance changes a delay, so that many who failed together do not come back together.
///
/// See Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
public enum Jitter: Hashable, Sendable {
    /// Not at all.
    case none
    /// Evenly between nothing and the delay.
    case full
    /// Evenly between half of the delay and all of it.
    case equal
    /// Evenly within this share of the delay to either side, from 0 to 1.
    case proportional(Double)

    /// What a delay is multiplied by, from 0 to 2. `random` is even in 0..<1.
    func factor(_ random: Double) -> Double {
        // Not a number compares as false, and counts as the middle.
        let chance = random >= 0 && random <= 1 ? random : 0.5
        return switch self {
        case .none: 1
        case .full: chance
        case .equal: 0.5 + chance / 2
        case .proportional(let share): 1 + min(max(share, 0), 1) * (2 * chance - 1)
        }
    }
}

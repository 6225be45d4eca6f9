import Core
import Glibc

extension Timestamp {
    /// The time by the wall clock, which can be set. See clock_gettime(2), CLOCK_REALTIME.
    public static var now: Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(secondsSince1970: Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9)
    }
}

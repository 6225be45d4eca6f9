import Core
import Glibc

extension Timestamp {
    /// The time by the wall clock, which can be set. See clock_gettime(2), CLOCK_REALTIME.
    public static var now: Timestamp {
        Timestamp(secondsSince1970: time(by: CLOCK_REALTIME))
    }
}

extension BootMoment {
    /// The name of this boot, by random(4); nil where proc(5) is not there.
    private static let boot: String? = {
        guard let directory = try? Directory(path: "/proc/sys/kernel/random"),
            let bytes = try? directory.read("boot_id", limit: 64)
        else { return nil }
        let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        return text.isEmpty ? nil : text
    }()

    /// The moment by the clock that nobody can set; nil where it is not to be told from that of another
    /// boot. To the millisecond. See clock_gettime(2), CLOCK_BOOTTIME.
    public static var now: BootMoment? {
        let milliseconds = (time(by: CLOCK_BOOTTIME) * 1000).rounded()
        return boot.map { BootMoment(boot: $0, seconds: milliseconds / 1000) }
    }
}

extension ClockReading {
    /// What the clocks say now.
    public static var now: ClockReading { ClockReading(wall: .now, moment: .now) }
}

private func time(by clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}

import Glibc

/// The time zone of this process: what `TZ` says, else `/etc/localtime`.
public enum LocalZone {
    /// How many seconds its clocks are ahead of UTC at a moment, in seconds since 1970. A change of the zone
    /// is noticed. See tzset(3).
    public static func offset(at seconds: Int) -> Int {
        tzset()
        var moment = time_t(seconds)
        var local = tm()
        guard localtime_r(&moment, &local) != nil else { return 0 }
        return Int(local.tm_gmtoff)
    }
}

import Glibc
import Linux

/// What is known of where the output goes.
enum Terminal {
    /// How many columns a line of standard output may have; nil if it is no terminal, where nothing is cut.
    static let columns = columns(of: STDOUT_FILENO)

    /// The same of another stream.
    static func columns(of stream: Int32) -> Int? { size(of: stream)?.columns }

    /// How large a terminal is; nil if the stream leads to none.
    static func size(of stream: Int32) -> (columns: Int, lines: Int)? {
        guard isatty(stream) == 1 else { return nil }
        var size = winsize()
        if ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            return (Int(size.ws_col), size.ws_row > 0 ? Int(size.ws_row) : 24)
        }
        func said(_ name: String, _ usual: Int) -> Int {
            let number = getenv(name).flatMap { Int(String(cString: $0)) } ?? usual
            return number > 0 ? number : usual
        }
        return (said("COLUMNS", 80), said("LINES", 24))
    }

    /// The text in lines of so many columns, broken at blanks; as it is where they are not limited.
    static func wrap(_ text: String, to columns: Int?) -> [String] {
        guard let columns else { return [text] }
        var lines = [""]
        for word in text.split(separator: " ") {
            let line = lines[lines.count - 1]
            let longer = line.isEmpty ? String(word) : "\(line) \(word)"
            if line.isEmpty || TextWidth.of(longer) <= columns {
                lines[lines.count - 1] = longer
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// The text cut to so many columns, with an ellipsis where something is missing.
    static func cut(_ text: String, to columns: Int) -> String {
        guard TextWidth.of(text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in text {
            let own = TextWidth.of(String(character))
            guard used + own <= columns - 1 else { break }
            kept.append(character)
            used += own
        }
        return kept + "…"
    }
}

/// A moment as a person says it here: by the local clock, with the day if that is not today.
struct LocalTime {
    private var time: tm
    private var isToday: Bool
    private var isThisYear: Bool

    init(_ seconds: Double, now: Double) {
        time = Self.parts(seconds)
        let today = Self.parts(now)
        isThisYear = time.tm_year == today.tm_year
        isToday = time.tm_year == today.tm_year && time.tm_yday == today.tm_yday
    }

    private static func parts(_ seconds: Double) -> tm {
        var parts = tm()
        var whole = time_t(seconds.rounded(.down))
        localtime_r(&whole, &parts)
        return parts
    }

    /// The seconds since 1970 at which the local day of `now` began.
    static func midnight(before now: Double) -> Double {
        var parts = parts(now)
        (parts.tm_hour, parts.tm_min, parts.tm_sec, parts.tm_isdst) = (0, 0, 0, -1)
        return Double(mktime(&parts))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `14:02`, `27 Nov 14:02`, or `1 Jan 2031`.
    var text: String {
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(time.tm_hour)):\(two(time.tm_min))"
        if isToday { return clock }
        let month = Self.months[Int(min(max(time.tm_mon, 0), 11))]
        let day = "\(time.tm_mday) \(month)"
        return isThisYear ? "\(day) \(clock)" : "\(day) \(time.tm_year + 1900)"
    }
}

extension Duration {
    /// As short as it goes: `12s`, `3m`, `2h`, `5d`.
    var shortText: String {
        let seconds = max(0, components.seconds)
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m"
        case ..<172_800: "\(seconds / 3600)h"
        default: "\(seconds / 86_400)d"
        }
    }
}

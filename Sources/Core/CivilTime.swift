/// A moment in UTC as people write it, from and to seconds since 1970.
///
/// The calendar arithmetic is that of Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms" (2013), for the proleptic Gregorian calendar; text is RFC 3339.
public struct CivilTime: Hashable, Sendable {
    public let year, month, day, hour, minute, second: Int

    /// The civil time of a moment.
    public init(secondsSince1970 seconds: Int) {
        let days = seconds.flooredQuotient(by: 86_400)
        let rest = seconds - days * 86_400
        // Days since 0000-03-01, in eras of 400 years.
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = rest / 3600
        minute = rest / 60 % 60
        second = rest % 60
    }

    /// `20261123_045245`.
    public var compact: String {
        "\(pad(year, 4))\(pad(month, 2))\(pad(day, 2))_\(pad(hour, 2))\(pad(minute, 2))\(pad(second, 2))"
    }

    /// `2026-11-23T04:52:45Z`.
    public var rfc3339: String {
        "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T\(pad(hour, 2)):\(pad(minute, 2)):\(pad(second, 2))Z"
    }

    /// The seconds since 1970 of an RFC 3339 date-time with its offset, or nil if `text` is none.
    /// Fractions of a second are dropped; a leap second counts as the one before it.
    public static func secondsSince1970(rfc3339 text: some StringProtocol) -> Int? {
        var reader = DigitReader(text)
        guard let minutes = reader.minutes(), reader.take(":") != nil,
            let second = reader.number(2, in: 0...60)
        else { return nil }
        if reader.take(".") != nil {
            guard reader.number(1, in: 0...9) != nil else { return nil }
            while reader.number(1, in: 0...9) != nil {}
        }
        var offset = 0
        guard let sign = reader.take("Zz+-") else { return nil }
        if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            guard let hours = reader.number(2, in: 0...23), reader.take(":") != nil,
                let minutes = reader.number(2, in: 0...59)
            else { return nil }
            offset = (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
        }
        guard reader.isAtEnd else { return nil }
        return minutes * 60 + min(second, 59) - offset
    }

    /// The seconds since 1970 of a date and a time of day without an offset, `2026-11-27T09:00`, with seconds or
    /// without; nil if `text` is none. `offset` says how many seconds a place's clocks are ahead of UTC at a moment.
    ///
    /// A time that its clocks skip counts as if they had not been put forward: 02:30 is an hour after 01:30.
    /// Of a time that they show twice the first is meant.
    public static func secondsSince1970(
        local text: some StringProtocol, offset: (Int) -> Int
    ) -> Int? {
        var reader = DigitReader(text)
        guard let minutes = reader.minutes() else { return nil }
        var second = 0
        if reader.take(":") != nil {
            guard let number = reader.number(2, in: 0...59) else { return nil }
            second = number
        }
        guard reader.isAtEnd else { return nil }
        let shown = minutes * 60 + second
        // No place is more than a day from UTC, and none puts its clocks twice within two.
        let before = offset(shown - 86_400)
        let after = offset(shown + 86_400)
        for candidate in [shown - before, shown - after]
        where candidate + offset(candidate) == shown { return candidate }
        return shown - before
    }

    fileprivate static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private func pad(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

extension Int {
    fileprivate func flooredQuotient(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

/// Takes a text of digits and marks apart.
private struct DigitReader {
    private var rest: ArraySlice<UInt8>

    init(_ text: some StringProtocol) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ digits: Int, in range: ClosedRange<Int>) -> Int? {
        guard rest.count >= digits else { return nil }
        var value = 0
        for byte in rest.prefix(digits) {
            guard byte >= 48, byte <= 57 else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        rest = rest.dropFirst(digits)
        return range.contains(value) ? value : nil
    }

    mutating func take(_ allowed: String) -> UInt8? {
        guard let byte = rest.first, allowed.utf8.contains(byte) else { return nil }
        rest = rest.dropFirst()
        return byte
    }

    /// A date and a time to the minute, as minutes since 1970 of UTC.
    mutating func minutes() -> Int? {
        guard let year = number(4, in: 0...9999), take("-") != nil,
            let month = number(2, in: 1...12), take("-") != nil,
            let day = number(2, in: 1...CivilTime.daysIn(month: month, of: year)),
            take("Tt ") != nil,
            let hour = number(2, in: 0...23), take(":") != nil,
            let minute = number(2, in: 0...59)
        else { return nil }
        // Days from civil, the inverse of the above.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return days * 1440 + hour * 60 + minute
    }
}

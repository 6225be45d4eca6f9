extension String {
    /// The text on one line that means what it looks like, for people to read on a terminal.
    ///
    /// Escaped as in a Swift literal are the control characters (a terminal obeys them, a newline
    /// begins what looks like another record) and the invisible characters that break lines or
    /// reverse the direction of writing. A backslash stays, so that text that is escaped already
    /// stays as it is. See console_codes(4).
    package var escapingControls: String {
        guard unicodeScalars.contains(where: { $0.isObeyed || $0 == "\\" }) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.isObeyed:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    /// JSON whose strings have no characters that a terminal obeys: those that JSON lets be are escaped.
    package var escapingControlsInJSON: String {
        guard unicodeScalars.contains(where: { $0.value >= 0x7f && $0.isObeyed }) else {
            return self
        }
        var text = ""
        for scalar in unicodeScalars {
            guard scalar.value >= 0x7f, scalar.isObeyed else {
                text.unicodeScalars.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return text
    }

    /// The text on one line, with a space for each character that `escapingControls` escapes but
    /// the backslash: for a reader that takes escapes apart again.
    package var withoutControls: String {
        var text = ""
        for scalar in unicodeScalars { text.unicodeScalars.append(scalar.isObeyed ? " " : scalar) }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether it does something to the text around it rather than being part of it.
    fileprivate var isObeyed: Bool {
        switch value {
        case 0x00...0x1f, 0x7f...0x9f: true
        // Line and paragraph separator; marks, embeddings, overrides and isolates of direction.
        // What is not seen at all: spaces of no width, invisible operators, tags.
        case 0x200b, 0x2060...0x2064, 0xfeff, 0xe0000...0xe007f: true
        case 0x2028, 0x2029, 0x200e, 0x200f, 0x061c, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}

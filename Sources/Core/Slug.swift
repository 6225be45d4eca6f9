/// Makes a file's name of a text.
public enum Slug {
    /// The letters and digits of a text, of whatever script, in lower case, and one hyphen for all that is between
    /// two of them: `why-bees-dance` of `Why bees dance?`. At most so many bytes of UTF-8, and whole scalars; empty
    /// if there is no letter and no digit.
    public static func of(_ text: String, atMost limit: Int) -> String {
        var slug = ""
        var count = 0
        var isBetween = false
        for scalar in text.lowercased().unicodeScalars {
            guard isPartOfWord(scalar, slug.isEmpty || isBetween) else {
                isBetween = !slug.isEmpty
                continue
            }
            let added = (isBetween ? 1 : 0) + UTF8.width(scalar)
            guard count + added <= limit else { break }
            if isBetween { slug += "-" }
            slug.unicodeScalars.append(scalar)
            count += added
            isBetween = false
        }
        return slug
    }

    /// Marks belong to the letter before them.
    private static func isPartOfWord(_ scalar: Unicode.Scalar, _ isFirst: Bool) -> Bool {
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber:
            true
        case .nonspacingMark, .spacingMark: !isFirst
        default: false
        }
    }
}

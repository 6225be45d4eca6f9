import Core

/// How the files of jobs and their receipts are named.
extension FileName {
    /// The name with `suffix` at its end.
    func appending(_ suffix: String) -> FileName {
        FileName(bytes: bytes + Array(suffix.utf8)) ?? self
    }

    /// `a.json` for 1, `a~2.json` for 2; shortened where `.receipt` would not fit behind it.
    func numbered(_ number: Int) -> FileName {
        let ending = isJSON ? Array(bytes.suffix(Self.jsonEnding.count)) : Self.jsonEnding
        let mark = number == 1 ? "" : "~\(number)"
        let room = Self.longest - ending.count - ".receipt".utf8.count - "~99999999".utf8.count
        var stem = bytes.dropLast(isJSON ? ending.count : 0).prefix(room)
        // Not in the middle of a character: a name that was UTF-8 stays UTF-8.
        if text != nil {
            while String(validating: stem, as: UTF8.self) == nil { stem = stem.dropLast() }
        }
        return FileName(bytes: stem + Array(mark.utf8) + ending) ?? self
    }

    static let jsonEnding = Array(".json".utf8)

    /// Whether it ends in `.json`, in upper or lower case: some systems write `EPISODE.JSON`.
    public var isJSON: Bool {
        bytes.count > Self.jsonEnding.count
            && zip(bytes.suffix(Self.jsonEnding.count), Self.jsonEnding).allSatisfy {
                byte, letter in
                byte == letter || letter != UInt8(ascii: ".") && byte == letter - 0x20
            }
    }

    /// The file that a receipt of this name is about; nil if it is no receipt's name.
    var withoutReceipt: FileName? {
        guard hasSuffix(".receipt"),
            let file = FileName(bytes: bytes.dropLast(".receipt".utf8.count)), file.isJSON
        else { return nil }
        return file
    }

    /// A short text for the name, to tell temporary files apart (FNV-1a, 64 bits).
    var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }

    /// `a.json` for `a~2.json`; any other name as it is. See `numbered`.
    public var unnumbered: FileName {
        guard isJSON else { return self }
        let stem = bytes.dropLast(Self.jsonEnding.count)
        guard let mark = stem.lastIndex(of: UInt8(ascii: "~")), mark > stem.startIndex,
            case let digits = stem[stem.index(after: mark)...], !digits.isEmpty,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return self }
        return FileName(bytes: stem[..<mark] + bytes.suffix(Self.jsonEnding.count)) ?? self
    }
}

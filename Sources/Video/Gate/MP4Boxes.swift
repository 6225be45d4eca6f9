/// The top-level boxes of an MP4 file (ISO/IEC 14496-12, 4.2), as far as the bytes at hand tell.
enum MP4Boxes {
    /// The types in their order. The last box may reach beyond `bytes`.
    static func types(_ bytes: [UInt8]) -> [String] {
        var types: [String] = []
        var offset = 0
        while offset + 8 <= bytes.count {
            let number = { (at: Int, count: Int) in
                bytes[at..<at + count].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            }
            var size = number(offset, 4)
            let header = size == 1 ? 16 : 8
            types.append(String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self))
            if size == 1 {
                guard offset + 16 <= bytes.count else { break }
                size = number(offset + 8, 8)
            }
            // 0 means to the end of the file; less than a header is no box.
            guard size >= header, size <= UInt64(bytes.count - offset) else { break }
            offset += Int(size)
        }
        return types
    }

    /// Whether a player can begin before it has the whole file: the index comes before the data.
    static func startsFast(_ bytes: [UInt8]) -> Bool {
        let types = types(bytes)
        guard types.first == "ftyp", let index = types.firstIndex(of: "moov") else { return false }
        return !types[..<index].contains("mdat")
    }
}

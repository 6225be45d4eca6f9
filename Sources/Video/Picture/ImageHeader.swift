/// Reads what the start of a picture's file says about it. Whatever the bytes, it returns.
///
/// JPEG is ITU-T T.81 with EXIF 2.3, PNG the W3C's (third edition, with acTL and eXIf), WebP
/// RFC 9649.
struct ImageHeader {
    /// Why a file is none that can be used.
    struct Fault: Error, Hashable {
        var cause: String

        init(_ cause: String) { self.cause = cause }

        static let cutShort = Fault("it is damaged: its header is not whole")
    }

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func image() throws(Fault) -> ImageFile {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return try jpeg() }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            return try png()
        }
        if has("RIFF", at: 0), has("WEBP", at: 8) { return try webp() }
        if has("GIF8", at: 0) {
            throw Fault("it is a GIF, which may be animated and has few colours")
        }
        throw Fault(
            bytes.isEmpty ? "it is empty" : "it does not begin like a JPEG, PNG or WebP picture")
    }

    private func has(_ tag: String, at offset: Int) -> Bool {
        bytes.dropFirst(offset).starts(with: tag.utf8)
    }

    /// A number of so many bytes.
    private func number(_ offset: Int, _ count: Int, littleEndian: Bool = false) throws(Fault)
        -> Int
    {
        guard offset >= 0, offset + count <= bytes.count else { throw .cutShort }
        let part = bytes[offset..<offset + count]
        return littleEndian
            ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
    }

    // MARK: JPEG

    private func jpeg() throws(Fault) -> ImageFile {
        var offset = 2
        var orientation = 1
        while true {
            guard try number(offset, 1) == 0xFF else { throw .cutShort }
            let marker = try number(offset + 1, 1)
            // Fill bytes may go before a marker; a few markers stand alone.
            if marker == 0xFF {
                offset += 1
                continue
            }
            if marker == 0x01 || (0xD0...0xD7).contains(marker) {
                offset += 2
                continue
            }
            // The scan, or the end, before any frame header.
            guard marker != 0xDA, marker != 0xD9 else { throw .cutShort }
            let length = try number(offset + 2, 2)
            guard length >= 2 else { throw .cutShort }
            if marker == 0xE1, has("Exif\0\0", at: offset + 4) {
                orientation = self.orientation(tiff: offset + 10, end: offset + 2 + length)
            }
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                let size = PixelSize(
                    width: try number(offset + 7, 2), height: try number(offset + 5, 2))
                return ImageFile(kind: .jpeg, size: size, orientation: orientation)
            }
            offset += 2 + length
        }
    }

    /// The orientation in a block of TIFF structure; 1 if there is none, or it makes no sense.
    private func orientation(tiff: Int, end: Int) -> Int {
        do throws(Fault) {
            let little = has("II", at: tiff)
            guard little || has("MM", at: tiff) else { return 1 }
            let directory = tiff + (try number(tiff + 4, 4, littleEndian: little))
            let count = try number(directory, 2, littleEndian: little)
            for index in 0..<count {
                let entry = directory + 2 + 12 * index
                guard entry + 12 <= end else { return 1 }
                guard try number(entry, 2, littleEndian: little) == 0x0112 else { continue }
                let value = try number(entry + 8, 2, littleEndian: little)
                return (1...8).contains(value) ? value : 1
            }
        } catch {}
        return 1
    }

    // MARK: PNG

    private func png() throws(Fault) -> ImageFile {
        guard has("IHDR", at: 12) else { throw .cutShort }
        var image = ImageFile(
            kind: .png, size: PixelSize(width: try number(16, 4), height: try number(20, 4)))
        var offset = 8
        // What is before the pixels; if there is much of it, what of it was read.
        while offset + 8 <= bytes.count, !has("IDAT", at: offset + 4) {
            if has("acTL", at: offset + 4) { throw Fault("it is animated (APNG)") }
            let length = try number(offset, 4)
            if has("eXIf", at: offset + 4) {
                image.orientation = orientation(tiff: offset + 8, end: offset + 8 + length)
            }
            offset += 12 + length
        }
        return image
    }

    // MARK: WebP

    private func webp() throws(Fault) -> ImageFile {
        func image(_ width: Int, _ height: Int) -> ImageFile {
            ImageFile(kind: .webp, size: PixelSize(width: width, height: height))
        }
        if has("VP8 ", at: 12) {
            return image(
                try number(26, 2, littleEndian: true) & 0x3FFF,
                try number(28, 2, littleEndian: true) & 0x3FFF)
        }
        if has("VP8L", at: 12) {
            let bits = try number(21, 4, littleEndian: true)
            return image(bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1)
        }
        guard has("VP8X", at: 12) else { throw .cutShort }
        if try number(20, 1) & 0x02 != 0 { throw Fault("it is animated (WebP)") }
        return image(
            try number(24, 3, littleEndian: true) + 1, try number(27, 3, littleEndian: true) + 1)
    }
}

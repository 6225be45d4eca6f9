/// A picture in 8-bit YUV 4:2:0: the luma plane, then the two chroma planes, each row after row
/// without gaps.
public struct Still: Hashable, Sendable {
    /// The size of the luma plane in pixels; both are even.
    public let width, height: Int
    /// All three planes, `width * height * 3 / 2` bytes.
    public let bytes: [UInt8]

    /// Makes a picture of planes; nil if their size is not what it has to be.
    public init?(width: Int, height: Int, bytes: [UInt8]) {
        guard Self.isSize(width, height), bytes.count == width * height * 3 / 2 else { return nil }
        self.width = width
        self.height = height
        self.bytes = bytes
    }

    /// Reads the first frame of a YUV4MPEG2 file (mjpegtools, yuv4mpeg(5)) in 4:2:0; nil if it is
    /// not one, or is cut short.
    public init?(yuv4mpeg file: [UInt8]) {
        let lineFeed = UInt8(ascii: "\n")
        // Nobody writes headers of more than a few dozen bytes.
        guard let headerEnd = file.prefix(4096).firstIndex(of: lineFeed),
            let frameEnd = file.dropFirst(headerEnd + 1).prefix(4096).firstIndex(of: lineFeed)
        else { return nil }
        let tags = file[..<headerEnd].split(separator: UInt8(ascii: " ")).map {
            String(decoding: $0, as: UTF8.self)
        }
        let number = { (tag: Character) in
            tags.dropFirst().first { $0.first == tag }.flatMap { Int($0.dropFirst()) }
        }
        let colour = tags.dropFirst().first { $0.first == "C" } ?? "C420"
        guard tags.first == "YUV4MPEG2", file[(headerEnd + 1)...].starts(with: "FRAME".utf8),
            let width = number("W"), let height = number("H"), Self.isSize(width, height),
            ["C420", "C420jpeg", "C420mpeg2", "C420paldv"].contains(colour)
        else { return nil }
        let pixels = file[(frameEnd + 1)...].prefix(width * height * 3 / 2)
        self.init(width: width, height: height, bytes: Array(pixels))
    }

    /// The sizes there may be: even, and such that no product of them overflows.
    static func isSize(_ width: Int, _ height: Int) -> Bool {
        [width, height].allSatisfy { (2...16_384).contains($0) && $0 % 2 == 0 }
    }
}

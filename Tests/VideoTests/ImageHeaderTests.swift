import Core
import Testing

@testable import Video

@Suite struct ImageHeaderTests {
    private func big(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }

    private func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        big(body.count, 4) + Array(type.utf8) + body + [0, 0, 0, 0]
    }

    private func png(_ width: Int, _ height: Int, _ more: [UInt8] = []) -> [UInt8] {
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", big(width, 4) + big(height, 4) + [8, 2, 0, 0, 0]) + more
            + chunk("IDAT", [1, 2, 3])
    }

    /// A TIFF block whose only entry is the orientation.
    private func exif(_ orientation: Int, littleEndian: Bool) -> [UInt8] {
        let order = { (bytes: [UInt8]) in littleEndian ? bytes.reversed() : bytes }
        return Array((littleEndian ? "II" : "MM").utf8) + order(big(42, 2)) + order(big(8, 4))
            + order(big(1, 2)) + order(big(0x0112, 2)) + order(big(3, 2)) + order(big(1, 4))
            + order(big(orientation, 2)) + [0, 0] + [0, 0, 0, 0]
    }

    private func jpeg(_ width: Int, _ height: Int, _ more: [UInt8] = []) -> [UInt8] {
        [0xFF, 0xD8] + more + [0xFF, 0xC2] + big(17, 2) + [8] + big(height, 2) + big(width, 2)
            + Array(repeating: 1, count: 20)
    }

    private func app1(_ tiff: [UInt8]) -> [UInt8] {
        let body = Array("Exif\0\0".utf8) + tiff
        return [0xFF, 0xE1] + big(body.count + 2, 2) + body
    }

    private func webp(_ chunk: String, _ body: [UInt8]) -> [UInt8] {
        Array("RIFF\0\0\0\0WEBP\(chunk)\0\0\0\0".utf8) + body + Array(repeating: 0, count: 16)
    }

    @Test func readsSizes() throws {
        func read(_ bytes: [UInt8]) throws -> ImageFile { try ImageHeader(bytes).image() }
        let size = PixelSize(width: 640, height: 480)
        #expect(try read(png(640, 480)) == ImageFile(kind: .png, size: size))
        #expect(try read(jpeg(640, 480)) == ImageFile(kind: .jpeg, size: size))
        #expect(try read(jpeg(640, 480, [0xFF, 0xFF, 0xDB, 0, 3, 7])).size == size)
        let vp8: [UInt8] = [0, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0xE0, 0x01]
        #expect(try read(webp("VP8 ", vp8)) == ImageFile(kind: .webp, size: size))
        let bits = 639 | 479 << 14
        #expect(try read(webp("VP8L", [0x2F] + big(bits, 4).reversed())).size == size)
        #expect(
            try read(webp("VP8X", [0x10, 0, 0, 0, 0x7F, 2, 0, 0xDF, 1, 0])).size == size)
    }

    @Test(arguments: 1...8) func readsTheOrientation(_ orientation: Int) throws {
        for littleEndian in [true, false] {
            let tiff = exif(orientation, littleEndian: littleEndian)
            #expect(try ImageHeader(jpeg(8, 8, app1(tiff))).image().orientation == orientation)
            #expect(
                try ImageHeader(png(8, 8, chunk("eXIf", tiff))).image().orientation == orientation)
        }
        let image = ImageFile(
            kind: .jpeg, size: PixelSize(width: 8, height: 8), orientation: orientation)
        #expect(image.turning.isEmpty == (orientation == 1))
    }

    @Test func ignoresNonsenseOfTheOrientation() throws {
        for tiff in [
            exif(0, littleEndian: true), exif(9, littleEndian: false), [], Array("II".utf8),
            Array("MM\0*\u{7F}\u{7F}\u{7F}\u{7F}".utf8),
        ] {
            #expect(try ImageHeader(jpeg(8, 8, app1(tiff))).image().orientation == 1)
        }
    }

    @Test func saysWhatIsWrong() throws {
        func cause(_ bytes: [UInt8]) -> String? {
            do throws(ImageHeader.Fault) {
                try ImageHeader(bytes).image().refuseIfHuge()
                return nil
            } catch { return error.cause }
        }
        #expect(cause(png(8, 8)) == nil)
        #expect(cause(png(8, 8, chunk("acTL", big(3, 4) + big(0, 4))))?.contains("APNG") == true)
        #expect(
            cause(webp("VP8X", [0x02, 0, 0, 0, 7, 0, 0, 7, 0, 0]))?.contains("animated") == true)
        #expect(cause(Array("GIF89a and more".utf8))?.contains("GIF") == true)
        #expect(cause(png(20_000, 20_000))?.contains("20000x20000 pixels") == true)
        #expect(cause(png(20_002, 2))?.contains("pixels") == true)
        #expect(cause(png(0, 8))?.contains("no size") == true)
        #expect(cause(Array(png(8, 8).prefix(20)))?.contains("damaged") == true)
        #expect(cause(Array(jpeg(8, 8).prefix(6)))?.contains("damaged") == true)
        #expect(cause([0xFF, 0xD8, 0xFF, 0xDA, 0, 2])?.contains("damaged") == true)
        #expect(cause([])?.contains("empty") == true)
        #expect(cause(Array("#!/bin/sh\n".utf8))?.contains("does not begin") == true)
        #expect(cause(Array("ffconcat version 1.0\nfile /etc/passwd".utf8)) != nil)
    }

    /// Whatever the bytes, the reader returns.
    @Test func survivesGarbage() {
        var random = SeededRandom(seed: 7)
        let good = [
            png(8, 8, chunk("eXIf", exif(6, littleEndian: false))),
            jpeg(8, 8, app1(exif(6, littleEndian: true))), webp("VP8X", [0, 0, 0, 0, 7, 0, 0]),
        ]
        for round in 0..<6000 {
            var bytes = good[round % 3]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                    in: 0...255, using: &random)
            }
            _ = try? ImageHeader(
                Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
            ).image()
        }
    }

    @Test func namesTheField() {
        let failure = #expect(throws: Failure.self) {
            try ImageFile.examine("/nonexistent/a.png", field: "$.images[2]", MemorySession())
        }
        #expect(failure?.code == "bad_image" && failure?.kind == .permanent)
        #expect(failure?.cause == "No such file or directory ($.images[2])")
        #expect(throws: Failure.self) { try ImageFile.examine("/dev", field: "x", MemorySession()) }
        #expect(throws: Failure.self) {
            try ImageFile.examine("/dev/zero", field: "x", MemorySession())
        }
        #expect(throws: Failure.self) {
            try ImageFile.examine("a.png", field: "x", MemorySession())
        }
    }

    @Test func goToScenesInOrder() {
        var brief = Brief(topic: "x")
        brief.images = ["/a", "/b"]
        brief.script = .scenes([
            .init(narration: "n"), .init(narration: "n", image: "/own"), .init(narration: "n"),
            .init(narration: "n"),
        ])
        let scenes = [nil, "/own", nil, nil].map {
            Script.Scene(heading: "h", narration: "n", image: $0)
        }
        #expect(Pictures.assigned(brief, to: scenes).map(\.image) == ["/a", "/own", "/b", "/a"])
        #expect(Pictures.field(of: "/b", in: brief) == "$.images[1]")
        #expect(Pictures.field(of: "/own", in: brief) == "$.script[1].image")
        brief.images = []
        #expect(Pictures.assigned(brief, to: scenes).map(\.image) == [nil, "/own", nil, nil])
    }
}

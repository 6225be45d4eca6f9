import Core
import Pipeline

/// A picture a job brings along, as its first bytes describe it: looked at before any tool opens
/// it. What is said here is a claim; ffmpeg, which decodes it, is held to the same limits.
struct ImageFile: Hashable, Sendable {
    /// The kinds of files there are, by the names of ffmpeg's demuxers.
    enum Kind: String, Sendable, CaseIterable {
        case jpeg = "jpeg_pipe"
        case png = "png_pipe"
        case webp = "webp_pipe"
    }

    var kind: Kind
    /// Its size in pixels, as it is stored.
    var size: PixelSize
    /// How it has to be turned or mirrored to be looked at, 1...8 as in EXIF 2.3; 1 for not at all.
    var orientation = 1

    /// The most pixels a picture may have, and the longest side. A still has 3 million; what
    /// decodes into more than some hundred megabytes is no picture for a video.
    static let mostPixels = 100_000_000
    static let longestSide = 20_000

    /// Examines a file by how it begins: EXIF is at its start, and at most 64 KiB in a JPEG. `field` is
    /// where the job spec names it.
    static func examine(
        _ path: String, field: String, _ files: any SessionFiles
    ) throws(Failure) -> ImageFile {
        let start: [UInt8]
        do throws(ExternalFault) { start = try files.beginning(ofExternal: path) } catch {
            throw bad(path, field, error.cause, remedy: error.remedy)
        }
        do throws(ImageHeader.Fault) {
            let image = try ImageHeader(start).image()
            try image.refuseIfHuge()
            return image
        } catch { throw bad(path, field, error.cause) }
    }

    func refuseIfHuge() throws(ImageHeader.Fault) {
        guard size.width > 0, size.height > 0 else {
            throw ImageHeader.Fault("it is damaged: it has no size")
        }
        guard size.width <= Self.longestSide, size.height <= Self.longestSide,
            size.width * size.height <= Self.mostPixels
        else {
            throw ImageHeader.Fault(
                "it has \(size.width)x\(size.height) pixels, and may have \(Self.mostPixels / 1_000_000) million, "
                    + "at most \(Self.longestSide) a side")
        }
    }

    /// The failure of a picture that cannot be used.
    static func bad(
        _ path: String, _ field: String, _ cause: String, remedy: String? = nil
    ) -> Failure {
        Failure(
            .permanent, code: "bad_image", operation: "use the picture", subject: path,
            cause: "\(cause) (\(field))",
            hint: remedy
                ?? "'\(field)' has to be the absolute path of a JPEG, PNG or WebP file that the service may read, whole and not animated"
        )
    }

    /// The filters that turn it upright.
    var turning: [String] {
        switch orientation {
        case 2: ["hflip"]
        case 3: ["hflip", "vflip"]
        case 4: ["vflip"]
        case 5: ["transpose=cclock_flip"]
        case 6: ["transpose=clock"]
        case 7: ["transpose=clock_flip"]
        case 8: ["transpose=cclock"]
        default: []
        }
    }
}

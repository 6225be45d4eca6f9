import Core
import Pipeline

/// The sound file a job brings along, looked at before any tool opens it.
enum MusicFile {
    /// The formats ffmpeg may take the file for: sound, and nothing that refers to other files.
    static let formats = "wav,w64,aiff,mp3,flac,ogg,aac,mov,mp4,m4a,matroska,webm"

    /// Fails if `path` is not a readable, regular file that begins as a sound file does.
    static func examine(_ path: String, _ files: any SessionFiles) throws(Failure) {
        func failure(_ cause: String, remedy: String? = nil) -> Failure {
            Failure(
                .permanent, code: "bad_music", operation: "use the music", subject: path,
                cause: cause,
                hint: remedy
                    ?? "'music' has to be the absolute path of a sound file that the service may read"
            )
        }
        let start: [UInt8]
        do throws(ExternalFault) { start = try files.beginning(ofExternal: path) } catch {
            throw failure(error.cause, remedy: error.remedy)
        }
        guard isSound(start) else {
            throw failure("it does not begin like a sound file of a known kind")
        }
    }

    /// Whether a file that begins so is WAVE, AIFF, FLAC, Ogg, MP4, Matroska, MP3 or ADTS.
    static func isSound(_ start: [UInt8]) -> Bool {
        func has(_ tag: String, at offset: Int = 0) -> Bool {
            start.dropFirst(offset).starts(with: tag.utf8)
        }
        guard start.count >= 12 else { return false }
        if has("RIFF"), has("WAVE", at: 8) { return true }
        if has("FORM"), has("AIF", at: 8) { return true }
        if has("fLaC") || has("OggS") || has("ID3") || has("ftyp", at: 4) { return true }
        if start.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return true }
        // An MPEG audio frame: eleven bits set, and neither a reserved version nor layer... ADTS
        // has the layer 0.
        return start[0] == 0xFF && start[1] & 0xE0 == 0xE0 && start[1] & 0x18 != 0x08
    }
}

import Core
import Linux
import Spool

extension SpoolSandbox {
    /// A job that has ended, filed as the daemon files one; if it is done, with a file of its own in
    /// `final_output/`.
    @discardableResult
    public func ended(
        _ name: FileName, as state: SpoolDirectory = .done, _ text: String = "{copy}"
    ) async throws -> SessionID {
        let session = try await session(name, text)
        let place = "outputs/\(session.id)"
        try write("a clip of \(session.id)", to: "\(place)/video_clips/clip.mp4")
        let failure = Failure(
            .permanent, code: "no_luck", operation: "make", subject: "it", cause: "bad luck")
        if state == .done {
            let waiting = Session.publicationPlace(step: "cut", file: "video.mp4")
            try write("the video of \(session.id)", to: "\(place)/\(waiting)")
            let output = try SessionRecord.OutputRecord(of: waiting, in: session.directory)
            try session.update { $0.publication = [.init(name: "video.mp4", output: output)] }
            try root.sync.perform(try await Publication(session).publish())
        }
        let outcome = SessionRecord.Outcome(
            state: state, failure: state == .done ? nil : failure, finished: time.now)
        try session.update { $0.outcome = outcome }
        try session.removeWork()
        _ = try Archive(root: root).file(
            "\(session.id).json", of: root[.active], droppedAs: name,
            Receipt(session.record, outcome))
        return session.id
    }

    /// All there is beneath the root: directories by their paths, files with their texts.
    public func tree(_ place: String = ".") throws -> [String: String] {
        var all: [String: String] = [:]
        let directory = try Directory(path: "\(path)/\(place)")
        for name in try directory.entries() {
            let inner = place == "." ? name.display : "\(place)/\(name.display)"
            if try directory.status(name)?.kind == .directory {
                all[inner] = "directory"
                all.merge(try tree(inner)) { $1 }
            } else {
                all[inner] = text(inner) ?? "unreadable"
            }
        }
        return all
    }
}

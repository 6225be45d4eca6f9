import Core
import Linux

/// Moves a session's finished files into `final_output/`, in the order of the record: whoever sees
/// the last can be sure of the others. Nothing is ever overwritten, and doing it again after a
/// crash goes on where it stopped.
public struct Publication: Sendable {
    private let session: Session

    /// Publishes for `session`.
    public init(_ session: Session) { self.session = session }

    /// Publishes what the record says; returns what makes that durable. The files themselves were
    /// made durable when their steps finished.
    public func publish() async throws(Failure) -> Commit {
        let files = session.record.publication ?? []
        return try converting("publish into \(session.directory.path)/final_output:") {
            let target = try session.directory.directory("final_output")
            for file in files { try publish(file, into: target) }
            return Commit(directories: [target])
        }
    }

    private func publish(
        _ file: SessionRecord.PublishedFile, into target: Directory
    ) throws {
        let name = FileName(file.name)
        if try target.contains(name) {
            // Moved before a crash, or not ours.
            guard try file.output.isPublished(in: session.directory) else { throw exists(file) }
            return
        }
        guard try file.output.matches(in: session.directory) else {
            throw Failure(
                .permanent, code: "output_changed", operation: "publish", subject: file.name,
                cause: "it is not the file its step made any more",
                hint: "Make sure that no step changes the outputs of another")
        }
        let parts = file.output.place.split(separator: "/")
        let parent = try session.directory.directory(parts.dropLast().joined(separator: "/"))
        guard try parent.rename(name, into: target, as: name) else { throw exists(file) }
    }

    private func exists(_ file: SessionRecord.PublishedFile) -> Failure {
        Failure(
            .permanent, code: "output_exists", operation: "publish", subject: file.name,
            cause: "final_output/ already has another file of that name",
            hint: "Steps must not write into final_output/ themselves")
    }
}

extension SessionRecord.OutputRecord {
    /// Whether the file has been moved to `final_output/`, with the bytes it had.
    public func isPublished(in session: Directory) throws(Failure) -> Bool {
        guard let name = Session.publishedName(of: place) else { return false }
        var moved = self
        moved.place = "final_output/\(name)"
        return try moved.matches(in: session)
    }
}

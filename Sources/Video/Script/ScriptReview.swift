import Core
import Pipeline

/// What happens to a script between the writer and the first thing that is made by it: the reviewers of the chain
/// look at it one after the other, and each hands on a script; the last one's is accepted.
enum ScriptReview {
    /// Where the writer's script is kept.
    static let draft = "scripts/draft.json"

    /// Where that of a reviewer is kept.
    static func place(_ name: String) -> String { "scripts/\(stepName(name)).json" }

    /// The step of a reviewer.
    static func stepName(_ name: String) -> String { "\(VideoTask.review.stepName)-\(name)" }

    /// The provider of a reviewer. `look` is given the script and gives the one to go on with, and what the
    /// receipt has to tell; it throws if no video is to be made.
    static func provider(
        _ name: String, _ request: VideoRequest, machine: [MachinePart]? = [.ourselves],
        look: @escaping @Sendable (Script) throws(Failure) -> (script: Script, remarks: [String])
    ) -> Provider {
        Provider(name, machine: machine) { files throws(Failure) in
            let (script, remarks) = try look(try Script.load(files, from: request.scriptPlace))
            return Production(
                files: ["script.json": try StoredJSON.encode(script, place: place(name))],
                outputs: .files([.init("script.json", as: place(name))]), degradations: remarks)
        }
    }
}

extension VideoProvider {
    /// The last reviewer's script, or the writer's: all that follows goes by it.
    static let acceptance = VideoProvider(
        "accept", .acceptance
    ) { request in
        Provider("accept", machine: [.ourselves]) { files throws(Failure) in
            let script = try Script.load(files, from: request.scriptPlace)
            return Production(
                files: [
                    "script.json": try StoredJSON.encode(script, place: Script.place),
                    "script.txt": Array(script.readable.utf8),
                ],
                outputs: .files([
                    .init("script.json", as: Script.place),
                    .init("script.txt", as: "scripts/script.txt"),
                ]))
        }
    }
}

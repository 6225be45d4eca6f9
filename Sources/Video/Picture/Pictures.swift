/// Which scene shows which of the job's own pictures.
public enum Pictures {
    /// The scenes with their pictures: their own, else the job's in order, over and over.
    static func assigned(_ brief: Brief, to scenes: [Script.Scene]) -> [Script.Scene] {
        guard !brief.images.isEmpty else { return scenes }
        var next = 0
        return scenes.map { scene in
            var scene = scene
            if scene.image == nil {
                scene.image = brief.images[next % brief.images.count]
                next += 1
            }
            return scene
        }
    }

    /// All pictures a job names, each with the field that does, by its JSON path.
    public static func named(in brief: Brief) -> [(path: String, field: String)] {
        var all = brief.images.enumerated().map { (path: $1, field: "$.images[\($0)]") }
        if case .scenes(let scenes) = brief.script {
            for (index, scene) in scenes.enumerated() {
                if let image = scene.image { all.append((image, "$.script[\(index)].image")) }
            }
        }
        return all
    }

    /// The field that names a picture.
    static func field(of path: String, in brief: Brief) -> String {
        named(in: brief).first { $0.path == path }?.field ?? "$.images"
    }
}

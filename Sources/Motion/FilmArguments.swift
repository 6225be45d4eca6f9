/// A film as arguments of `reeld-motion`, and back:
///
///     1080x1920 137 STILL X,Y,WIDTH:X,Y,WIDTH:FRAMES[:LEGS] [fade:15:140 STILL X,Y,WIDTH:…]
///
/// the size and the number of frames, the scene's still and the journey over it (with `LEGS`, one
/// that swings); then how it begins: the transition, its frames and where in the scene before it
/// starts, and that scene.
extension Film {
    /// The arguments that mean this film.
    public var arguments: [String] {
        var arguments = ["\(width)x\(height)", "\(frames)"] + shot.arguments
        if let opening {
            arguments.append(
                "\(opening.transition.rawValue):\(opening.frames):\(opening.firstFrame)")
            arguments += opening.shot.arguments
        }
        return arguments
    }

    /// Reads arguments; nil if they do not mean a film.
    public init?(arguments: some Collection<String>) {
        let arguments = Array(arguments)
        guard arguments.count == 4 || arguments.count == 7 else { return nil }
        let size = arguments[0].split(separator: "x", omittingEmptySubsequences: false)
        guard size.count == 2, let width = Int(size[0]), let height = Int(size[1]),
            Still.isSize(width, height), let frames = Int(arguments[1]), frames > 0,
            let shot = Shot(arguments[2], arguments[3])
        else { return nil }
        self.init(width: width, height: height, frames: frames, shot: shot)
        guard arguments.count == 7 else { return }
        let parts = arguments[4].split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let kind = Transition(rawValue: String(parts[0])), kind != .none,
            let count = Int(parts[1]), count > 0, let first = Int(parts[2]), first >= 0,
            let before = Shot(arguments[5], arguments[6])
        else { return nil }
        opening = Opening(kind, frames: count, from: before, at: first)
    }
}

extension Film.Shot {
    fileprivate var arguments: [String] {
        let text = { (window: Window) in "\(window.x),\(window.y),\(window.width)" }
        let legs =
            switch journey.pace {
            case .linear: ""
            case .swing(let legs): ":\(legs)"
            }
        return [still, "\(text(journey.start)):\(text(journey.end)):\(journey.frames)\(legs)"]
    }

    fileprivate init?(_ still: String, _ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, let start = Window(parts[0]),
            let end = Window(parts[1]), let frames = Int(parts[2]), frames > 0
        else { return nil }
        var pace = Journey.Pace.linear
        if parts.count == 4 {
            guard let legs = Int(parts[3]), legs > 0 else { return nil }
            pace = .swing(legs: legs)
        }
        self.init(
            still: still, journey: Journey(from: start, to: end, pace: pace, frames: frames))
    }
}

extension Window {
    fileprivate init?(_ text: Substring) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 3, let x = parts[0], let y = parts[1], let width = parts[2],
            [x, y, width].allSatisfy({ abs($0) < 100_000 }), width >= 1
        else { return nil }
        self.init(x: x, y: y, width: width)
    }
}

import Glibc

/// A call of the daemon at which something can be made to happen, as the injector names it.
struct Place: Hashable, CustomStringConvertible {
    /// The call and what it is about: `renameat2 inbox/good.json active/ID.json`.
    var name: String
    /// How often the daemon had come there, this time included.
    var number: Int

    var description: String { "\(name):\(number)" }

    /// Reads a line of the injector's record, which may be any other.
    init?(_ line: some StringProtocol) {
        guard let colon = line.lastIndex(of: ":"),
            let number = Int(line[line.index(after: colon)...])
        else { return nil }
        name = String(line[..<colon])
        self.number = number
    }

    /// The system call.
    var call: String { String(name.prefix { $0 != " " }) }

    /// Whether the call changes something: to be killed at any other is to be killed at the change
    /// before it.
    var isChange: Bool { !name.hasSuffix(" (read)") }
}

/// What happens at a place.
struct Fault: Hashable, CustomStringConvertible {
    enum Action: Hashable {
        /// The daemon is killed.
        case kill
        /// The power fails: what is not durable is lost.
        case cut
        /// The call fails once.
        case error(Int32)
        /// The call fails again and again, until the fault is lifted.
        case lastingError(Int32)
    }

    var action: Action
    var place: Place

    /// Whether it ends the daemon.
    var isCrash: Bool { action == .kill || action == .cut }

    /// Such as it is given to TORTURE_ONLY to do this one alone.
    var description: String {
        switch action {
        case .kill: "kill at \(place)"
        case .cut: "cut at \(place)"
        case .error(let number): "\(Self.errors[number] ?? "?") at \(place)"
        case .lastingError(let number): "lasting \(Self.errors[number] ?? "?") at \(place)"
        }
    }

    /// The errors that are injected.
    static let errors: [Int32: String] = [
        EIO: "EIO", ENOSPC: "ENOSPC", EDQUOT: "EDQUOT", EMFILE: "EMFILE", ENOMEM: "ENOMEM",
        EXDEV: "EXDEV",
    ]

    /// The injector's arguments.
    func arguments(while file: String) -> [String] {
        switch action {
        case .kill: ["--at", "\(place)", "--do", "kill"]
        case .cut: ["--at", "\(place)", "--do", "cut"]
        case .error(let number): ["--at", "\(place)", "--do", "\(number)"]
        case .lastingError(let number):
            ["--at", "\(place)-999999", "--do", "\(number)", "--while", file]
        }
    }
}

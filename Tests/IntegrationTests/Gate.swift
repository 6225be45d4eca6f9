import Glibc
import Testing

/// A FIFO at which a step of a test waits until it is let through. Each time it runs, it leaves
/// a line with its own process and that of a child it started.
struct Gate {
    private let house: House
    private let name: String

    private var fifo: String { "\(house.path)/\(name).gate" }
    private var runs: String { "\(house.path)/\(name).runs" }

    init(_ name: String, in house: House) throws {
        self.house = house
        self.name = name
        guard mkfifo(fifo, 0o666) == 0 else { throw Surprise("\(fifo) cannot be made.") }
    }

    /// A step that waits there, between two halves of its output.
    static func step(_ name: String, timeout: Double = 600) -> HouseSettings.Step {
        .shell(
            name,
            """
            printf half > $OUT/\(name).txt
            sleep 1000 &
            echo $$ $! >> $HOUSE/\(name).runs
            read line < $HOUSE/\(name).gate
            kill $!
            printf whole >> $OUT/\(name).txt
            """, timeout: timeout)
    }

    /// The processes of each time it ran.
    var processes: [[pid_t]] {
        let text = String(decoding: (try? readFile(runs)) ?? [], as: UTF8.self)
        // The last line may not be whole yet.
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .map { $0.split(separator: " ").compactMap { pid_t($0) } }
    }

    /// How often the step has come to its gate.
    var count: Int { processes.count }

    /// Waits until it has come that often.
    func reached(_ times: Int = 1) async throws {
        try await house.eventually("step \(name) runs for the \(times). time") { count >= times }
    }

    /// Lets one run through.
    func open() async throws {
        try await house.eventually("step \(name) waits") {
            // Succeeds only when somebody has it open for reading.
            let file = Glibc.open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            guard file >= 0 else { return false }
            defer { close(file) }
            return write(file, "\n", 1) == 1
        }
    }
}

extension House {
    /// A house with a pipeline `gate` of a step that waits at its gate, and others around it.
    static func withGate(
        _ settings: HouseSettings = HouseSettings(), step: String = "one",
        before: [HouseSettings.Step] = [], after: [HouseSettings.Step] = []
    ) throws -> (house: House, gate: Gate) {
        var settings = settings
        settings.pipelines["gate"] = before + [Gate.step(step)] + after
        let house = try House(settings)
        return (house, try Gate(step, in: house))
    }
}

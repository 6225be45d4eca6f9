import TestSupport
import Testing

/// `kill -9` at each call of the daemon that changes the disk or starts a process.
@Suite(.enabled("Nothing can be traced here: see ptrace(2).") { await Injector.isPossible() })
struct CrashSweepTests {
    @Test func nothingIsLostWhereverItIsKilled() async throws {
        let places = try await Sweep.places().filter(\.isChange)
        var random = SeededGenerator(seed: Sweep.seed)
        let once = places.map { [Fault(action: .kill, place: $0)] }
        // And once more while it recovers, at a place it comes to early.
        let twice = places.compactMap { place in
            places.filter { $0.number <= 2 }.randomElement(using: &random).map { again in
                [Fault(action: .kill, place: place), Fault(action: .kill, place: again)]
            }
        }
        try await Sweep(name: "crashes", most: 24).run(once)
        try await Sweep(name: "double crashes", most: 8).run(twice)
    }

    /// The same while requests are carried out, an id is given to one of two, and an old session goes.
    @Test func nothingIsLostOfWhatWasAskedForWhereverItIsKilled() async throws {
        let places = try await Sweep.places(of: .steered).filter(\.isChange)
        // What jobs do is tried above.
        let own = places.filter { place in
            // Those at which the start only tries a rename have other names each time.
            !place.name.contains(".none")
                && ["control", "held", "failed", "rejected", "ids", ".trash", "done/old"].contains {
                    place.name.contains($0)
                }
        }
        try await Sweep(name: "crashes at requests", most: 16, scenario: { .steered })
            .run(own.map { [Fault(action: .kill, place: $0)] })
    }

    /// The same while hooks are called.
    @Test func nothingIsLostOfWhatHasEndedWhereverItIsKilled() async throws {
        let places = try await Sweep.places(of: .ending).filter(\.isChange)
        try await Sweep(name: "crashes at hooks", most: 16, scenario: { .ending })
            .run(places.map { [Fault(action: .kill, place: $0)] })
    }

    /// The same while finished steps are kept for other jobs, or taken from there.
    @Test func nothingIsLostOfWhatIsKeptForOthersWhereverItIsKilled() async throws {
        let places = try await Sweep.places(of: .film).filter {
            $0.isChange && $0.name.contains("state/cache")
        }
        try #require(!places.isEmpty)
        try await Sweep(name: "crashes at the cache", most: 4, scenario: { .film })
            .run(places.map { [Fault(action: .kill, place: $0)] })
    }
}

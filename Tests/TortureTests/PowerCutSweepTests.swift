import Testing

/// The power fails before each call of the daemon that changes the disk: what was not durable by
/// then is gone.
@Suite(
    .enabled("Nothing can be traced here: see ptrace(2).") { await Injector.isPossible() },
    .enabled(
        "No disk can be made here, to lose its power: that takes root, loop devices and e2fsprogs."
    ) {
        await Disk.isPossible()
    })
struct PowerCutSweepTests {
    @Test func nothingIsLostWheneverThePowerFails() async throws {
        let places = try await Sweep.places(onDisk: true).filter(\.isChange)
        try await Sweep(name: "power cuts", onDisk: true, most: 16)
            .run(places.map { [Fault(action: .cut, place: $0)] })
    }

    @Test func nothingIsLostOfWhatWasAskedForWheneverThePowerFails() async throws {
        let places = try await Sweep.places(of: .steered, onDisk: true).filter { place in
            place.isChange && !place.name.contains(".none")
                && ["control", "held", "failed", "rejected", "ids", ".trash"].contains {
                    place.name.contains($0)
                }
        }
        try await Sweep(
            name: "power cuts at requests", onDisk: true, most: 8, scenario: { .steered }
        )
        .run(places.map { [Fault(action: .cut, place: $0)] })
    }

    @Test func whatWasSaidIsDurable() async throws {
        let outcome = try await Trial(onDisk: true).runAndCut()
        #expect(outcome.violations == [], "\(outcome.log)")
    }
}

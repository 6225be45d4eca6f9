import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// Many trials, a few at a time, each with faults of its own.
///
/// `TORTURE=all` in the environment tries every place, `TORTURE_ONLY` those faults whose
/// description holds this text, `TORTURE_SEED` the same choice again, `TORTURE_PARALLEL` so many
/// at a time.
struct Sweep {
    /// Its name in what is printed.
    var name: String
    /// Whether the roots are disks of their own.
    var onDisk = false
    /// How many trials a short sweep has.
    var most: Int
    /// Makes the jobs of a trial.
    var scenario: @Sendable () -> Scenario = { Scenario() }

    private static func setting(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    /// Whether every place is tried.
    static var isLong: Bool { setting("TORTURE") == "all" }

    /// The seed of the choice, printed with it.
    static let seed = setting("TORTURE_SEED").flatMap { UInt64($0) } ?? 20_261_124

    /// A run in which nothing happens, for the places there are.
    static func places(
        of scenario: Scenario = Scenario(delay: 3), onDisk: Bool = false
    ) async throws -> [Place] {
        let outcome = try await Trial(scenario, onDisk: onDisk).run([])
        try #require(outcome.violations == [], "\(outcome.log)")
        return outcome.places
    }

    /// Tries each of these lists of faults, or a choice of them; fails the test for each after
    /// which something is not as it has to be.
    func run(_ all: [[Fault]]) async throws {
        let chosen = choose(all)
        let parallel = Self.setting("TORTURE_PARALLEL").flatMap { Int($0) } ?? (onDisk ? 3 : 4)
        let name = self.name
        print("\(name): \(chosen.count) of \(all.count) trials, TORTURE_SEED=\(Self.seed)")
        var missed: [String] = []
        var (done, bad) = (0, 0)
        try await withThrowingTaskGroup(of: ([Fault], Trial.Outcome).self) { group in
            var rest = chosen[...]
            for _ in 0..<parallel { addNext(&rest, to: &group) }
            while let (faults, outcome) = try await group.next() {
                addNext(&rest, to: &group)
                done += 1
                if done % 100 == 0 { print("\(name): \(done) trials done") }
                missed += Set(faults).subtracting(outcome.hits).map(\.description)
                guard !outcome.violations.isEmpty else { continue }
                bad += 1
                let what = faults.map(\.description).joined(separator: ", then ")
                let violations = outcome.violations.joined(separator: "\n  ")
                print("\(name): \(what)\n  \(violations)")
                Issue.record("\(what)\n  \(violations)\nThe log:\n\(outcome.log)")
            }
        }
        let faults = chosen.reduce(0) { $0 + $1.count }
        print(
            "\(name): \(faults - missed.count) of \(faults) faults struck; \(bad) trials failed.")
        for fault in missed.sorted() { print("\(name): did not come to it: \(fault)") }
        // A place is not always come to again: how often jobs share a sync, or look at the inbox,
        // is a matter of time. Nearly all are.
        #expect(missed.count * 2 <= faults, "most faults have to strike for the sweep to count")
    }

    private func addNext(
        _ rest: inout ArraySlice<[Fault]>,
        to group: inout ThrowingTaskGroup<([Fault], Trial.Outcome), any Error>
    ) {
        guard let faults = rest.popFirst() else { return }
        let (onDisk, scenario) = (onDisk, scenario)
        group.addTask {
            (faults, try await Trial(scenario(), onDisk: onDisk).run(faults))
        }
    }

    /// A short sweep takes some, spread over all kinds of calls.
    private func choose(_ all: [[Fault]]) -> [[Fault]] {
        if let text = Self.setting("TORTURE_ONLY") {
            return all.filter { $0.contains { $0.description.contains(text) } }
        }
        if Self.isLong { return all }
        var random = SeededGenerator(seed: Self.seed)
        var byCall = Dictionary(grouping: all) { $0.first?.place.call ?? "" }
            .sorted { $0.key < $1.key }.map { $0.value.shuffled(using: &random) }
        var chosen: [[Fault]] = []
        while chosen.count < most, !byCall.isEmpty {
            for index in byCall.indices where chosen.count < most {
                if let next = byCall[index].popLast() { chosen.append(next) }
            }
            byCall.removeAll(where: \.isEmpty)
        }
        return chosen
    }
}

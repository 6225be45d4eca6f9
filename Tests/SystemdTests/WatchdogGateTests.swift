import Systemd
import Testing

@Suite struct WatchdogGateTests {
    /// Killed after 8 s of silence: due every 4 s, trouble is reported after 6 s.
    private func gate(_ parts: String...) -> WatchdogGate {
        var gate = WatchdogGate(interval: .seconds(8), now: .zero)
        for part in parts { gate.register(part) }
        return gate
    }

    @Test func isDueEveryHalfInterval() {
        var gate = gate()
        let actions = (0...9).map { gate.check(at: .seconds($0)) }
        #expect(
            actions == [
                .wait, .wait, .wait, .wait, .keepAlive, .wait, .wait, .wait, .keepAlive, .wait,
            ])
    }

    @Test func countsFromWhenItWasLastSent() {
        var gate = gate()
        #expect(gate.check(at: .seconds(5)) == .keepAlive)
        #expect(gate.check(at: .seconds(8)) == .wait)
        #expect(gate.check(at: .seconds(9)) == .keepAlive)
    }

    @Test func wantsEveryPartToHavePulsedSinceItWasLastSent() {
        var gate = gate("inbox", "runner")
        #expect(gate.check(at: .seconds(4)) == .keepAlive, "to register is to pulse")
        gate.pulse("runner")
        #expect(gate.check(at: .seconds(8)) == .wait)
        gate.pulse("inbox")
        #expect(gate.check(at: .milliseconds(8500)) == .keepAlive, "late is not stuck")
        #expect(gate.check(at: .milliseconds(12_500)) == .wait, "old pulses do not count")
    }

    @Test func namesTheStuckPartsOnce() {
        var gate = gate("runner", "inbox", "status")
        _ = gate.check(at: .seconds(4))
        gate.pulse("status")
        #expect(gate.check(at: .seconds(9)) == .wait)
        #expect(gate.check(at: .seconds(10)) == .report(stuck: ["inbox", "runner"]))
        #expect(gate.check(at: .seconds(11)) == .wait)
        gate.pulse("inbox")
        #expect(gate.check(at: .milliseconds(11_500)) == .report(stuck: ["runner"]))
        gate.pulse("runner")
        #expect(gate.check(at: .milliseconds(11_900)) == .keepAlive, "it recovered in time")
        gate.pulse("status")
        gate.pulse("runner")
        #expect(
            gate.check(at: .seconds(18)) == .report(stuck: ["inbox"]),
            "a new silence is told anew")
    }

    @Test func doesNotWaitForAPartThatHasEnded() {
        var gate = gate("inbox", "reload")
        _ = gate.check(at: .seconds(4))
        gate.pulse("inbox")
        gate.unregister("reload")
        #expect(gate.check(at: .seconds(8)) == .keepAlive)
    }

    @Test func aPartMayComeLater() {
        var gate = gate("inbox")
        _ = gate.check(at: .seconds(4))
        gate.pulse("inbox")
        gate.register("runner")
        #expect(gate.check(at: .seconds(8)) == .keepAlive)
        gate.pulse("inbox")
        #expect(gate.check(at: .seconds(12)) == .wait)
    }

    @Test func whatCouldNotBeSentIsDueAgain() {
        var gate = gate("runner")
        #expect(gate.check(at: .seconds(4)) == .keepAlive)
        gate.keepAliveFailed()
        #expect(gate.check(at: .seconds(5)) == .keepAlive)
        #expect(gate.check(at: .seconds(8)) == .wait)
    }
}

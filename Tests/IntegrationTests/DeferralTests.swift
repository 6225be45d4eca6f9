import Core
import Foundation
import Glibc
import Testing

/// Jobs that have to wait, for their time or for others.
@Suite struct DeferralTests {
    @Test func aJobWaitsForItsTimeEvenOverARestart() async throws {
        // A machine that is so busy that the time comes before the daemon is stopped has another try.
        for wait in [5, 30, 200] where try await waits(wait, isLast: wait == 200) { break }
    }

    /// Whether a job that may begin in so many seconds was still parked when the daemon stopped.
    private func waits(_ seconds: Int, isLast: Bool) async throws -> Bool {
        let house = try House()
        let first = try await house.start()
        let moment = time(nil) + seconds
        let text = CivilTime(secondsSince1970: moment).rfc3339
        try house.drop("later.json", House.spec("copy", "\"not_before\": \"\(text)\""))
        var status = stat()
        try await house.eventually("it is parked") {
            if let name = house.names(in: "deferred").first {
                return stat("\(house.root)/deferred/\(name)", &status) == 0
            }
            return house.names(in: "done").count == 2
        }
        first.send(SIGTERM)
        #expect(try await first.exit() == .exited(0))
        let name = house.names(in: "deferred").first
        guard isLast || name != nil else { return false }
        #expect(house.names(in: "inbox") == [] && house.names(in: "active") == [])
        #expect(first.said("Deferred later.json until \(text.prefix(19))"))
        #expect(status.st_mtim.tv_sec == moment && status.st_mtim.tv_nsec == 0)

        _ = try await house.start()
        let receipt = try await house.ended("later.json")
        #expect(receipt.times.finished >= text.dropLast() + ".000Z")
        #expect(name == "\(receipt.session ?? "").json")
        #expect(house.names(in: "outputs").count == 1)
        house.expectNothingInFlight()
        return true
    }

    /// An operator brings it forward by its time of modification, which is all that counts.
    @Test func aParkedJobCanBeBroughtForward() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        _ = try await house.start()
        try house.drop("later.json", House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\""))
        try await house.eventually("it is parked") { house.names(in: "deferred").count == 1 }
        let name = try #require(house.names(in: "deferred").first)
        #expect(utimes("\(house.root)/deferred/\(name)", nil) == 0)
        try await house.ended("later.json")
        house.expectNothingInFlight()
    }

    /// `cp -r` makes files of now. That is no wish to begin; a later touch(1) is.
    @Test func aCopyWithoutTimesStartsNoJobEarly() async throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let first = try await house.start()
        try house.drop("later.json", House.spec("copy", "\"not_before\": \"2031-01-01T00:00:00Z\""))
        try await house.eventually("it is parked") { first.said("Deferred later.json") }
        first.send(SIGTERM)
        #expect(try await first.exit() == .exited(0))
        let copy = try RunningDaemon(
            [
                "/bin/sh", "-c",
                "cp -r \(house.root) \(house.root).copy && mv \(house.root) \(house.root).old && mv \(house.root).copy \(house.root)",
            ], log: "\(house.path)/cp", output: "\(house.path)/cp")
        #expect(try await copy.exit() == .exited(0))
        let name = try #require(house.names(in: "deferred").first)
        let list = try await house.runReelctl("list", "--json")
        #expect(list.text.contains("2031-01-01"), "\(list.text)")

        let second = try await house.start()
        try house.drop("other.json")
        try await house.ended("other.json")
        #expect(house.names(in: "deferred") == [name] && !second.said("Resumed later.json"))
        second.send(SIGTERM)
        #expect(try await second.exit() == .exited(0))
        #expect(utimes("\(house.root)/deferred/\(name)", nil) == 0)
        _ = try await house.start()
        try await house.ended("later.json")
    }

    /// A job that waits for a provider waits so long, and not until a date: a clock that was years
    /// ahead when it was parked, and was set right since, does not make it wait for years.
    @Test func aJobDoesNotWaitForAClockThatWasAhead() async throws {
        var settings = HouseSettings()
        settings.retry = "first_delay: 3600, longest_delay: 3600"
        settings.pipelines["busy"] = [
            .shell("call", "test -e $HOUSE/free || exit 69; cp $JOB $OUT")
        ]
        let house = try House(settings)
        let first = try await house.start()
        try house.drop("job.json", House.spec("busy"))
        try await house.eventually("it is parked") { first.said("Deferred job.json") }
        first.send(SIGTERM)
        #expect(try await first.exit() == .exited(0))

        // As if it had been parked for a second in 2090.
        let name = try #require(house.names(in: "deferred").first)
        let moment = 3_786_912_000
        let times = [timeval](repeating: timeval(tv_sec: moment, tv_usec: 0), count: 2)
        #expect(utimes("\(house.root)/deferred/\(name)", times) == 0)
        let path = "\(house.root)/outputs/\(name.dropLast(".json".count))/metadata/session.json"
        var record = try #require(
            try JSONSerialization.jsonObject(with: Data(readFile(path))) as? [String: Any])
        #expect(record["parking"] != nil)
        record["parking"] = [
            "seconds": 1, "until": CivilTime(secondsSince1970: moment).rfc3339,
        ]
        try writeFile(path, try JSONSerialization.data(withJSONObject: record))
        try writeFile("\(house.path)/free", [])
        _ = try await house.start()
        try await house.ended("job.json")
        house.expectNothingInFlight()
    }

    @Test func theMoreUrgentGoesFirst() async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 1"
        let house = try House(settings)
        try house.makeInbox()
        let priorities = ["a": -5, "b": 0, "c": 100, "d": 7, "e": 7]
        var last = 0.0
        for name in ["a", "b", "c", "e", "d"] {
            let priority = priorities[name] ?? 0
            try house.drop("\(name).json", House.spec("copy", "\"priority\": \(priority)"))
            // Of equal urgency, the one that came first: e before d. Milliseconds count.
            let file = "\(house.root)/inbox/\(name).json"
            while try changed(file) <= last + 0.002 { #expect(chmod(file, 0o644) == 0) }
            last = try changed(file)
        }
        let daemon = try await house.start()
        try await house.eventually("all are done") { house.jobs(in: "done").count == 5 }
        #expect(claimed(by: daemon) == ["c.json", "e.json", "d.json", "b.json", "a.json"])
    }

    /// Who opens or closes the permissions of a file that waits does not send it to the end.
    @Test func aChangeOfPermissionsCostsNoTurn() async throws {
        var settings = HouseSettings()
        settings.jobs = "parallel: 1"
        settings.inbox = "quiet_time: 0.1, scan_interval: 0.1"
        let house = try House(settings)
        let daemon = try await house.start()
        try await house.expect(0, of: "pause")
        // What is no job is rejected after those before it were looked at.
        func look(_ number: Int) async throws {
            try house.drop("bad-\(number).json", "{}")
            try await house.eventually("it is rejected") {
                house.names(in: "rejected").contains("bad-\(number).json")
            }
        }
        for name in ["first", "second"] { try house.drop("\(name).json", House.spec()) }
        try await look(1)
        #expect(chmod("\(house.root)/inbox/first.json", 0o664) == 0)
        try await look(2)
        try await house.expect(0, of: "resume")
        for name in ["first", "second"] { try await house.ended("\(name).json") }
        #expect(claimed(by: daemon) == ["first.json", "second.json"])
    }

    /// The jobs in the order of their claims.
    private func claimed(by daemon: RunningDaemon) -> [Substring] {
        daemon.lines.compactMap { line in
            line.contains("Claimed ")
                ? line.split(separator: " ").first { $0.hasSuffix(".json") } : nil
        }
    }

    private func changed(_ file: String) throws -> Double {
        var status = stat()
        try #require(stat(file, &status) == 0)
        return Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) * 1e-9
    }
}

import Glibc
import Testing

/// What a member of the group can do to the others' jobs, on purpose or by a script that went wrong:
/// nothing. The daemon and the members run as users of their own.
@Suite(.serialized, .enabled(if: House.canHaveMembers, "Only root can be several users."))
struct HostileMemberTests {
    private let house: House
    private let alice: Member
    private let mallory: Member

    init() throws {
        var settings = HouseSettings()
        settings.inbox = "quiet_time: 0.3, scan_interval: 5"
        settings.jobs =
            "parallel: 1, drain_time: 60, user_limits: { running: 0, waiting: 500, priority: 5 }"
        settings.pipelines["gate"] = [Gate.step("wait")]
        house = try House(settings)
        alice = Member(user: 61_001, house: house)
        mallory = Member(user: 61_002, house: house)
    }

    /// The daemon has never had more memory than this, whatever it was told.
    private static let mostMemory = 120 << 20

    // MARK: - Floods

    /// Events without end about files that wait: another one's job is done, memory is bounded, and a
    /// stop is obeyed.
    @Test func aFloodOfEventsKeepsNobodyWaiting() async throws {
        let daemon = try await house.startForMembers()
        try await mallory.run("touch inbox/a inbox/b; echo '{' > inbox/c.json")
        let flood = try mallory.startPython(
            """
            while True:
                for mode in (0o644, 0o640):
                    for name in ('a', 'b', 'c.json'):
                        try: os.chmod('inbox/' + name, mode)
                        except OSError: open('inbox/' + name, 'a').close()
            """)
        for number in 1...3 {
            try await alice.drop("job\(number).json")
            try await house.ended("job\(number).json")
        }
        #expect(daemon.peakMemory < Self.mostMemory)
        #expect(!flood.hasEnded)
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
    }

    /// Thousands of files that are no requests, and of requests about nothing, come and come.
    @Test func aFloodOfRequestsKeepsNobodyWaiting() async throws {
        let daemon = try await house.startForMembers()
        let flood = try mallory.startPython(
            """
            number = 0
            while True:
                number += 1
                for name in (f'{number}', f'{number}.json.cancel', f'{number}.json.retry'):
                    try: os.mknod('control/' + name)
                    except OSError: pass
            """)
        try await house.eventually("there is a crowd") { house.names(in: "control").count > 500 }
        try await alice.drop("job.json")
        try await house.ended("job.json")
        #expect(daemon.peakMemory < Self.mostMemory && !flood.hasEnded)
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        // A start finds what is left of it, and goes on all the same.
        let again = try await house.startForMembers()
        try await alice.drop("again.json")
        try await house.ended("again.json")
        flood.end()
        try await house.eventually("all are seen to") { house.names(in: "control").isEmpty }
        #expect(again.peakMemory < Self.mostMemory)
    }

    /// To be asked about jobs that are not there, by name, does not take looking at all that are parked
    /// each time.
    @Test func requestsAboutNothingCostNothingHoweverManyArePaused() async throws {
        let daemon = try await house.startForMembers()
        let spec = House.spec("copy", "\"not_before\": \"2099-01-01T00:00:00Z\"")
        try await mallory.runPython(
            """
            for number in range(300):
                open(f'inbox/.{number}', 'w').write('''\(spec)''')
                os.rename(f'inbox/.{number}', f'inbox/parked{number}.json')
            """)
        try await house.eventually("all are parked") { house.names(in: "deferred").count == 300 }
        try await mallory.runPython(
            "for number in range(2000): os.mknod(f'control/none{number}.json.cancel')")
        try await alice.drop("job.json")
        try await house.ended("job.json")
        try await house.requestsAreDone()
        #expect(daemon.count(of: "there is no such job") == 2000)
        // And those that are there are found.
        try await mallory.runPython(
            "for number in range(300): os.mknod(f'control/parked{number}.json.cancel')")
        try await house.eventually("all are cancelled") { house.jobs(in: "failed").count == 300 }
    }

    /// Hundreds of files that are no jobs: another one's job does not wait until they are filed.
    @Test func whatIsNoJobComesAfterWhatIsOne() async throws {
        let daemon = try await house.startForMembers()
        try house.request("paused")
        try await house.eventually("it pauses") { daemon.said("Paused") }
        try await mallory.runPython(
            """
            for number in range(2000):
                open(f'inbox/.{number}', 'w').write('nonsense')
                os.rename(f'inbox/.{number}', f'inbox/bad{number}.json')
            """)
        try await alice.drop("job.json")
        #expect(unlink("\(house.root)/control/paused") == 0)
        try await house.ended("job.json")
        #expect(house.jobs(in: "rejected").count < 2000, "it had to wait for all of them")
        try await house.eventually("all are filed", { house.jobs(in: "rejected").count == 2000 })
    }

    // MARK: - Squatting

    /// Where jobs end and are held, nobody can put anything but the daemon.
    @Test func whereJobsEndNobodyElseCanPutAnything() async throws {
        _ = try await house.startForMembers()
        for state in [
            "failed", "rejected", "held", "done", "active", "deferred", "outputs", "state",
        ] {
            try await mallory.run("mkdir \(state)/victim.json.receipt", succeeds: false)
            try await mallory.run("echo '{}' > \(state)/victim.json", succeeds: false)
        }
        try await alice.drop("victim.json", House.spec("nothing-of-that-name"))
        try await house.ended("victim.json", in: "rejected")
    }

    /// Whatever has the name of a request, the owner's own is carried out.
    @Test func aRequestsNameCannotBeTaken() async throws {
        let daemon = try await house.startForMembers()
        let gate = try Gate("wait", in: house)
        try await alice.drop("job.json", House.spec("gate"))
        try await gate.reached()
        let session = try await house.session(in: "active")
        // It is there again as soon as it is removed.
        let squatter = try mallory.startPython(
            """
            while True:
                try:
                    os.mkdir('control/\(session).cancel')
                    os.mkdir('control/\(session).cancel/within', 0o700)
                    os.chmod('control/\(session).cancel', 0o700)
                except OSError: pass
            """)
        try await house.eventually("it is taken") {
            access("\(house.root)/control/\(session).cancel", F_OK) == 0
        }
        let answer = try await alice.reelctl("cancel job.json")
        #expect(answer.printed.contains("has been cancelled"), "\(answer)")
        squatter.end()
        let receipt = try await house.ended("job.json", in: "failed")
        #expect(receipt.error?.code == "cancelled")
        try await house.eventually("what was in the way is gone") {
            house.names(in: "control").isEmpty
        }
        try await house.eventually("a word about it") {
            daemon.said("Removed control/", "no request")
        }
    }

    /// A directory in the inbox that only its owner can move stays, is told once, and nothing is filed for
    /// it.
    @Test func whatCannotBeMovedIsLeftWhereItIs() async throws {
        let daemon = try await house.startForMembers()
        try await mallory.run("mkdir inbox/x.json; chmod 700 inbox/x.json")
        try await house.eventually("it is told") { daemon.said("x.json", "inbox/") }
        // Scans find it again and again.
        for number in 1...2 {
            try await alice.drop("job\(number).json")
            try await house.ended("job\(number).json")
            daemon.send(SIGHUP)
            try await house.eventually("it looks anew") {
                daemon.count(of: "Reloaded the configuration") == number
            }
        }
        // While one scan tries to move it, its receipt is there.
        try await house.eventually("nothing is filed") { house.names(in: "rejected").isEmpty }
        #expect(house.names(in: "inbox") == ["x.json"])
    }

    // MARK: - Fairness

    /// However many jobs one has, and however urgent he calls them, another one's comes next.
    @Test func turnsGoRoundTheSubmitters() async throws {
        let daemon = try await house.startForMembers()
        try house.request("paused")
        try await house.eventually("it pauses") { daemon.said("Paused") }
        for number in 1...20 {
            try await mallory.drop("m\(number).json", House.spec("copy", "\"priority\": 100"))
        }
        try await alice.drop("a.json", House.spec("copy", "\"priority\": -100"))
        try await house.eventually("all wait") { house.names(in: "inbox").count == 21 }
        #expect(unlink("\(house.root)/control/paused") == 0)
        for number in 1...20 { try await house.ended("m\(number).json") }
        let claims = daemon.lines.filter { $0.contains("Claimed ") }
        let place = try #require(claims.firstIndex { $0.contains("Claimed a.json") })
        #expect(place <= 1, "\(claims)")
        // What asks for more than it may have is told.
        let receipt = try house.receipt(of: "m1.json", in: "done")
        #expect(receipt.degradations.first?.contains("priority 100 counts as 5") == true)
        #expect(try house.receipt(of: "a.json", in: "done").degradations == [])
    }

    @Test func whatWaitsBeyondTheLimitIsRejectedWithAWord() async throws {
        let daemon = try await house.startForMembers()
        try house.request("paused")
        try await house.eventually("it pauses") { daemon.said("Paused") }
        try await mallory.runPython(
            """
            for number in range(510):
                open(f'inbox/.{number}', 'w').write('''\(House.spec())''')
                os.rename(f'inbox/.{number}', f'inbox/m{number}.json')
            """)
        try await house.eventually("ten are rejected") { house.jobs(in: "rejected").count == 10 }
        let name = try #require(house.jobs(in: "rejected").first)
        let problem = try #require(try house.receipt(of: name, in: "rejected").error)
        #expect(problem.code == "too_many_waiting" && problem.hint != nil)
        // Another one is not concerned.
        try await alice.drop("a.json")
        #expect(unlink("\(house.root)/control/paused") == 0)
        try await house.ended("a.json")
    }
}

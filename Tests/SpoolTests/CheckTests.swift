import Core
import Glibc
import Linux
import Spool
import TestSupport
import Testing

/// Damage of every kind, made by hand: each is found, and repaired without losing anything.
@Suite struct CheckTests {
    /// A root with jobs of every state, some of which are named here.
    struct Root {
        var sandbox: SpoolSandbox
        /// Done, as `done/a.json`.
        var done: SessionID
        /// Failed, as `failed/b.json`.
        var failed: SessionID
        /// At work, with the id `x`.
        var active: SessionID
        /// Parked.
        var parked: SessionID
        /// Set aside.
        var held: SessionID

        /// Made once, with all its syncs, and copied for each test.
        private static let model = Task { try await Root(new: ()) }

        init() async throws {
            self = try await Self.model.value
            sandbox = try SpoolSandbox(copying: sandbox)
        }

        private init(new: Void) async throws {
            sandbox = try SpoolSandbox()
            done = try await sandbox.ended("a.json")
            sandbox.time.advance(by: .seconds(1))
            failed = try await sandbox.ended("b.json", as: .failed)
            sandbox.time.advance(by: .seconds(1))
            try await sandbox.ended("a.json")
            active = try await sandbox.session("c.json", "{copy#x}").id
            parked = try await sandbox.session("d.json").id
            held = try await sandbox.session("e.json").id
            try sandbox.move("active/\(parked).json", to: "deferred/\(parked).json")
            try sandbox.move("active/\(held).json", to: "held/\(held).json")
            try sandbox.drop("f.json")
            try sandbox.write("a note", to: "held/note.txt")
            try sandbox.write("a note", to: "inbox/.note")
        }

        func check(deep: Bool = false, live: Bool = false) -> Check {
            Check(
                root: sandbox.root, identity: JobIdentity(root: sandbox.root, window: .seconds(9)),
                isDeep: deep, isLive: live, now: { [time = sandbox.time] in time.now })
        }

        func findings(deep: Bool = false, live: Bool = false) async throws -> [CheckFinding] {
            try await check(deep: deep, live: live).findings {}
        }

        func kinds(deep: Bool = false) async throws -> [String] {
            try await findings(deep: deep).map(\.kind.rawValue)
        }
    }

    /// What is done to the root, and what is said of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        var name: String
        var kinds: [CheckFinding.Kind]
        var isRepaired = true
        var isDeep = false
        var make: @Sendable (Root) throws -> Void

        var testDescription: String { name }
    }

    static let damages: [Damage] = [
        Damage(name: "a foreign file among the active ones", kinds: [.unknownFile]) {
            try $0.sandbox.write("precious", to: "active/job.json")
        },
        Damage(name: "a foreign directory among the parked ones", kinds: [.unknownFile]) {
            try $0.sandbox.write("precious", to: "deferred/mine/file")
        },
        Damage(name: "foreign things beside the sessions", kinds: [.unknownFile, .unknownFile]) {
            try $0.sandbox.write("precious", to: "outputs/notes")
            try $0.sandbox.write("precious too", to: "outputs/session_x/notes")
        },
        Damage(name: "a foreign file among the done ones", kinds: [.unknownFile]) {
            try $0.sandbox.write("precious", to: "done/README")
        },
        Damage(name: "a job in two directories", kinds: [.claimedTwice]) {
            try $0.sandbox.write("{copy}", to: "deferred/\($0.active).json")
        },
        Damage(name: "a claimed file without a session", kinds: [.claimWithoutSession]) {
            let id = SessionID(at: 1, JobHandle(1))
            try $0.sandbox.write("{own}", to: "active/\(id).json")
        },
        Damage(name: "a session without its file", kinds: [.sessionWithoutFile]) {
            try $0.sandbox.remove("active/\($0.active).json")
        },
        Damage(
            name: "a session without its file and its copy", kinds: [.sessionWithoutFile],
            isRepaired: false
        ) {
            try $0.sandbox.remove("active/\($0.active).json")
            try $0.sandbox.remove("outputs/\($0.active)/metadata/job.json")
        },
        Damage(name: "a damaged record of a job at work", kinds: [.damagedRecord]) {
            try $0.sandbox.write("{", to: "outputs/\($0.active)/metadata/session.json")
        },
        Damage(name: "a damaged record of a job that is done", kinds: [.damagedRecord]) {
            try $0.sandbox.write("", to: "outputs/\($0.done)/metadata/session.json")
        },
        Damage(name: "no record of a job that failed", kinds: [.damagedRecord]) {
            try $0.sandbox.remove("outputs/\($0.failed)/metadata/session.json")
        },
        Damage(name: "the record of another session", kinds: [.damagedRecord]) {
            let record = $0.sandbox.text("outputs/\($0.failed)/metadata/session.json")
            try $0.sandbox.write(record ?? "", to: "outputs/\($0.done)/metadata/session.json")
        },
        Damage(name: "a session that says nothing", kinds: [.damagedRecord]) {
            try $0.sandbox.write(
                "precious", to: "outputs/\(SessionID(at: 1, JobHandle(1)))/final_output/video.mp4")
        },
        Damage(name: "an id that is not on record", kinds: [.unindexedID]) {
            try $0.sandbox.remove("state/ids")
        },
        Damage(name: "something nobody published", kinds: [.unknownOutput]) {
            try $0.sandbox.write("precious", to: "outputs/\($0.done)/final_output/other.mp4")
        },
        Damage(
            name: "a video that is gone", kinds: [.missingOutput], isRepaired: false
        ) {
            try $0.sandbox.remove("outputs/\($0.done)/final_output/video.mp4")
        },
        Damage(name: "a video that still waits", kinds: [.missingOutput]) {
            let place = "outputs/\($0.done)"
            try $0.sandbox.make("\(place)/.work/cut")
            try $0.sandbox.move(
                "\(place)/final_output/video.mp4", to: "\(place)/.work/cut/video.mp4")
        },
        Damage(name: "a video cut short", kinds: [.changedOutput], isRepaired: false) {
            try $0.sandbox.write("the", to: "outputs/\($0.done)/final_output/video.mp4")
        },
        Damage(
            name: "a video with other bytes", kinds: [.changedOutput], isRepaired: false,
            isDeep: true
        ) {
            let place = "outputs/\($0.done)/final_output/video.mp4"
            let text = $0.sandbox.text(place) ?? ""
            try $0.sandbox.write(text.uppercased(), to: place)
        },
        Damage(name: "a done file without its receipt", kinds: [.fileWithoutReceipt]) {
            try $0.sandbox.remove("done/a~2.json.receipt")
        },
        Damage(name: "a failed file of nobody", kinds: [.fileWithoutReceipt]) {
            try $0.sandbox.write("precious", to: "failed/z.json")
        },
        Damage(name: "a damaged receipt", kinds: [.damagedReceipt]) {
            try $0.sandbox.write("{\"format\": 1", to: "done/a.json.receipt")
        },
        Damage(name: "something in the place of a receipt", kinds: [.foreignReceipt]) {
            try $0.sandbox.remove("done/a~2.json.receipt")
            try $0.sandbox.write("precious", to: "done/a~2.json.receipt/mine")
        },
        Damage(
            name: "records of another version", kinds: [.newerRecord, .newerRecord],
            isRepaired: false
        ) {
            for place in ["done/a.json.receipt", "outputs/\($0.active)/metadata/session.json"] {
                let text = $0.sandbox.text(place) ?? ""
                try $0.sandbox.write(
                    text.replacing("\"format\" : 1", with: "\"format\" : 2"), to: place)
            }
        },
        Damage(name: "a receipt without its file", kinds: [.receiptWithoutFile]) {
            try $0.sandbox.move("failed/b.json", to: "inbox/b.json")
        },
        Damage(name: "a receipt of other outputs", kinds: [.wrongReceipt]) {
            let text = $0.sandbox.text("done/a.json.receipt") ?? ""
            try $0.sandbox.write(
                text.replacing("video.mp4", with: "other.mp4"), to: "done/a.json.receipt")
        },
        Damage(name: "a job in the wrong directory", kinds: [.wrongReceipt]) {
            for name in ["a.json", "a.json.receipt"] {
                try $0.sandbox.move("done/\(name)", to: "rejected/\(name)")
            }
        },
        Damage(name: "a receipt that says failed of a job that is done", kinds: [.wrongReceipt]) {
            for name in ["a.json", "a.json.receipt"] {
                try $0.sandbox.move("done/\(name)", to: "failed/\(name)")
            }
            let text = $0.sandbox.text("failed/a.json.receipt") ?? ""
            try $0.sandbox.write(
                text.replacing("\"done\"", with: "\"failed\""), to: "failed/a.json.receipt")
        },
        Damage(name: "a session that is gone", kinds: [.missingSession]) {
            try $0.sandbox.remove("outputs/\($0.done)")
        },
        Damage(name: "leftovers of all kinds", kinds: [.leftover, .leftover, .leftover]) {
            try $0.sandbox.write("{", to: "state/done-1.new")
            try $0.sandbox.make("outputs/.staging/\(SessionID(at: 1, JobHandle(1)))/metadata")
            try $0.sandbox.make("outputs/\($0.done)/.work/cut")
        },
        Damage(name: "directories of another mode", kinds: [.wrongMode, .wrongMode]) {
            chmod("\($0.sandbox.path)/inbox", 0o700)
            chmod("\($0.sandbox.path)/done", 0o2777)
        },
    ]

    @Test(arguments: damages) func isFoundAndRepairedWithoutLoss(_ damage: Damage) async throws {
        let root = try await Root()
        #expect(try await root.kinds(deep: true) == [])
        try damage.make(root)
        let before = try root.sandbox.tree()
        let expected = damage.kinds.map(\.rawValue)
        let found = try await root.findings(deep: damage.isDeep)
        #expect(found.map(\.kind.rawValue).sorted() == expected.sorted())
        for finding in found {
            for text in [finding.what, finding.why, finding.repair] {
                #expect(text.count > 10 && text.hasSuffix("."), "\(text)")
            }
            #expect(!finding.place.isEmpty && !finding.place.hasPrefix("/"))
        }
        #expect(try root.sandbox.tree() == before, "it was changed by looking")

        let told = try await root.check(deep: damage.isDeep).repair()
        for finding in told where expected.contains(finding.kind.rawValue) {
            #expect(finding.status == (damage.isRepaired ? .repaired : .left), "\(finding)")
        }
        #expect(
            Set(told.map(\.kind.rawValue)).isSuperset(of: expected), "\(told.map(\.kind.rawValue))")
        let after = try root.sandbox.tree()
        if damage.isRepaired {
            #expect(try await root.kinds(deep: true) == [], "\(after.keys.sorted())")
        } else {
            #expect(after == before)
        }
        // Leftovers apart, every text there was is still there, somewhere.
        var lost = before.values.filter { $0 != "directory" }
        for text in after.values { lost.firstIndex(of: text).map { _ = lost.remove(at: $0) } }
        if damage.kinds.contains(.leftover) { lost.removeAll { $0 == "{" } }
        let receipts = lost.filter { $0.contains("\"times\"") }
        #expect(lost.count == receipts.count, "\(lost)")
        #expect(receipts.count <= (damage.kinds == [.missingSession] ? 1 : 0))
    }

    @Test func everyKindIsTried() {
        // A missing directory is found before anything can be opened; an owner only root can change, and
        // only root can mount something or make it immutable.
        let elsewhere: Set<CheckFinding.Kind> = [
            .missingDirectory, .wrongOwner, .otherFileSystem, .notWritable,
        ]
        let tried = Set(Self.damages.flatMap(\.kinds))
        #expect(tried.union(elsewhere) == Set(CheckFinding.Kind.allCases))
    }

    /// What the repairs come to: the job goes on, the receipt is as good as before.
    @Test func whatIsRepairedIsAsBefore() async throws {
        let root = try await Root()
        let sandbox = root.sandbox
        let receipt = sandbox.text("done/a~2.json.receipt")
        try sandbox.remove("done/a~2.json.receipt")
        try sandbox.remove("active/\(root.active).json")
        try sandbox.write("{", to: "outputs/\(root.parked)/metadata/session.json")
        _ = try await root.check().repair()
        #expect(sandbox.text("done/a~2.json.receipt") == receipt)
        #expect(sandbox.text("active/\(root.active).json") == "{copy#x}")
        // Its session is set aside, and the job is made from the start.
        #expect(try sandbox.list("inbox").contains("\(root.parked).json"))
        #expect(try sandbox.list("lost/outputs") == [root.parked.description])
    }

    /// While a daemon runs, what has just been made is on its way, and what settles is no finding.
    @Test func whatIsInMotionIsNoFinding() async throws {
        let root = try await Root()
        let sandbox = root.sandbox
        sandbox.time.advance(by: Timestamp.now.since(sandbox.time.now))
        try sandbox.write("{", to: "state/done-1.new")
        try sandbox.make("outputs/.staging/\(SessionID(at: 1, JobHandle(1)))/metadata")
        #expect(try await root.findings(live: true).isEmpty)
        #expect(try await root.findings().count == 2)
        sandbox.time.advance(by: .seconds(61))
        #expect(try await root.findings(live: true).count == 2)

        try sandbox.remove("state/done-1.new")
        try sandbox.move("active/\(root.active).json", to: "inbox/elsewhere.json")
        let found = try await root.check(live: true).findings {
            try sandbox.move("inbox/elsewhere.json", to: "deferred/\(root.active).json")
        }
        #expect(found.map(\.kind) == [.leftover])
    }

    /// What retention removed is known to be gone.
    @Test func whatWasRemovedOnPurposeIsNoFinding() async throws {
        let root = try await Root()
        var policy = RetentionPolicy()
        policy.count = 1
        policy.directories = ["video_clips": .seconds(1)]
        root.sandbox.time.advance(by: .seconds(10))
        let identity = JobIdentity(root: root.sandbox.root, window: .seconds(9))
        _ = try await Retention(
            root: root.sandbox.root, policy: policy, identity: identity, report: { _ in },
            complain: { Issue.record("\($0)") }
        ).run(Ages(at: ClockReading(wall: root.sandbox.time.now, moment: nil)))
        #expect(try !root.sandbox.list("outputs").contains(root.done.description))
        #expect(try await root.kinds(deep: true) == [])
    }

    /// What was set aside is not begun by a repair.
    @Test func aHeldJobWithoutItsSessionIsNamedAndLeft() async throws {
        let root = try await Root()
        try root.sandbox.remove("outputs/\(root.held)")
        let told = try await root.check().repair()
        let own = told.filter { $0.session == root.held }
        #expect(own.map(\.kind) == [.claimWithoutSession] && own.map(\.status) == [.left])
        #expect(try root.sandbox.list("held").contains("\(root.held).json"))
    }

    /// Only the superuser could mend it, and whoever repairs acts for the owner of the root.
    @Test(.enabled(if: geteuid() == 0, "only root can give a directory away"))
    func aDirectoryOfSomebodyElseIsNamed() async throws {
        let root = try await Root()
        #expect(chown("\(root.sandbox.path)/held", FileSystemUser.nobody, 0) == 0)
        chmod("\(root.sandbox.path)/held", 0o2750)
        let told = try await root.check().repair()
        #expect(told.map(\.kind) == [.wrongOwner] && told.map(\.status) == [.left])
        #expect(told.first?.repair.contains("chown 0:") == true)
    }

    /// Whom the root itself was given to says nothing of the daemon: a spool that works is left as it is.
    @Test(.enabled(if: geteuid() == 0, "only root can give a directory away"))
    func aRootOfSomebodyElseIsNoReasonToBreakItsSpool() async throws {
        let root = try await Root()
        let own = try root.sandbox.root.directory.status()
        #expect(chown(root.sandbox.path, FileSystemUser.nobody, FileSystemUser.nobody) == 0)
        #expect(try await root.check().repair().isEmpty)
        // One directory that went with it has to come back.
        #expect(chown("\(root.sandbox.path)/held", FileSystemUser.nobody, own.group) == 0)
        chmod("\(root.sandbox.path)/held", 0o2750)
        let told = try await root.check().repair()
        #expect(told.map(\.kind) == [.wrongOwner])
        #expect(told.first?.repair.contains("chown \(own.owner):\(own.group) ") == true)
        #expect(
            told.first?.what.contains("The daemon runs as \(UserAccount.text(own.owner))") == true)
    }

    @Test func missingDirectoriesAreNamedAndOtherPlacesAreNoRoots() throws {
        let sandbox = try SpoolSandbox()
        #expect(try Check.obstacles(of: sandbox.path)?.isEmpty == true)
        try sandbox.remove("held")
        try sandbox.remove("outputs/.staging")
        let missing = try Check.obstacles(of: sandbox.path)
        #expect(missing?.map(\.finding.place) == ["held", "outputs/.staging"])
        #expect(missing?.allSatisfy(\.isMissing) == true)
        #expect(try Check.obstacles(of: "\(sandbox.path)/done") == nil)
    }

    @Test func aLockIsSeenWithoutTakingIt() throws {
        let sandbox = try SpoolSandbox()
        #expect(try !sandbox.root.isLocked())
        let lock = try sandbox.root.lock().get()
        #expect(try sandbox.root.isLocked())
        withExtendedLifetime(lock) {}
    }
}

import Core
import Glibc
import Linux
import Pipeline
import Resilience
import Spool
import Systemd

/// The daemon's outer loop: it is told things, one after another, and acts on each.
///
/// What it holds in memory is only what the directories say; losing it loses nothing.
actor Supervisor {
    /// How many files are looked at before it sees what else there is to do.
    static let batch = 32
    /// How long no job is started, at most, when one met a shortage of the machine.
    static let respite: Duration = .seconds(5)
    /// How often the status is told at most: the service manager tells others of each.
    static let statusPause: Duration = .milliseconds(200)

    let root: SpoolRoot
    let archive: Archive
    let rejection: Rejection
    let worker: Worker
    let activity: Activity
    let notifier: Notifier
    let reread: @Sendable () throws(Failure) -> Configuration
    private let messages: AsyncStream<Message>
    let mailbox: AsyncStream<Message>.Continuation

    var configuration: Configuration
    var environment: PipelineEnvironment
    var inboxDirectory: Directory
    var inbox: Inbox
    var watch: DirectoryWatch?
    var watchTask: Task<Void, Never>?
    /// Why the inbox is polled; nil if it is not.
    var pollReason: String?
    var listing = ListingRule()
    var retentionTask: Task<Void, Never>?

    var queue: JobQueue
    /// Whether there is room for more.
    var admission = Admission()
    /// Files to look at; whether each came by a rename.
    var toExamine: [FileName: Bool] = [:]
    /// The scan of the inbox under way, and whether to begin anew when it is over.
    var scanning: DirectoryStream?
    var scanAgain = false
    /// Files to look at again later.
    var recheck = Schedule<FileName, ContinuousClock.Instant>()
    /// Files that are being claimed or filed: not to be looked at meanwhile.
    var busy: Set<FileName> = []
    /// Rejections that did not work, said once.
    var unrejectable: Set<FileName> = []
    /// Jobs to take up again later.
    var parked = ParkedJobs()
    /// How those of them come back whose provider works again.
    var returning = GradualReturn()
    /// When what is known of the providers is to be written down, if there is something new.
    var nextSave: ContinuousClock.Instant?
    var retries: [(ContinuousClock.Instant, JobQueue.Entry)] = []
    /// The jobs at work, by a number: two files that look the same are two jobs.
    var jobs: [Int: Task<Void, Never>] = [:]
    /// Their sessions; those that have none here are only just being claimed.
    var sessionsAtWork: [Int: SessionID] = [:]
    /// What is asked for in `control/`.
    var desk: ControlDesk
    var lastJob = 0
    /// How many jobs to have at work.
    var lookahead: Lookahead
    /// The job that runs alone, because it may be the one that ends daemons: no other is to be
    /// suspected with it.
    var suspect: Int?

    let began = ContinuousClock.now
    var nextScan = ContinuousClock.now
    var nextPoll = ContinuousClock.now
    /// No job is started before then.
    var startAgain = ContinuousClock.now
    var alarm: (at: ContinuousClock.Instant, task: Task<Void, Never>)?
    var isDraining = false
    /// Puts on record that it was asked to stop.
    var stopNote: Task<Void, Never>?
    /// Whether it has asked itself to go on.
    private var isGoingOn = false
    var status = ""
    var nextStatus = ContinuousClock.now
    var statusIsLate = false

    init(
        root: SpoolRoot, configuration: Configuration, sink: any EventLog, notifier: Notifier,
        reread: @escaping @Sendable () throws(Failure) -> Configuration
    ) {
        self.root = root
        self.configuration = configuration
        self.notifier = notifier
        self.reread = reread
        archive = Archive(root: root)
        rejection = Rejection(root: root, archive: archive)
        worker = Worker(in: root)
        let (messages, mailbox) = AsyncStream<Message>.makeStream()
        self.messages = messages
        self.mailbox = mailbox
        activity = Activity(sink: sink, minimum: configuration.logLevel.priority) {
            mailbox.yield(.figuresChanged)
        }
        environment = PipelineEnvironment(
            tools: ToolRunner(configuration, root: root.path),
            providers: ProviderBoard(
                configuration.policies, log: activity, root: root,
                changed: { mailbox.yield(.breakerChanged($0, $1.to)) }),
            slots: StepSlots(limit: configuration.steps.parallel), log: activity,
            now: { .now })
        environment.waitForSpace = .seconds(configuration.jobs.spaceDelay)
        environment.cache = StepCache(in: root[.state], limit: configuration.cache.maxBytes)
        lookahead = Lookahead(limit: configuration.jobs.parallel)
        queue = JobQueue(ageing: configuration.jobs.ageing)
        inboxDirectory = root[.inbox]
        desk = ControlDesk(directory: root[.control])
        inbox = Inbox(
            root[.inbox], settling: configuration.settling,
            parse: Pipelines(configuration: configuration).header)
    }

    /// The parts of the daemon that its watchdog wants to hear of.
    struct Pulses: Sendable {
        /// Called whenever the loop has gone round.
        var supervisor: @Sendable () -> Void = {}
        /// Called as long as every step ends in time.
        var steps: @Sendable () -> Void = {}
    }

    /// Works until it is told to stop and has stopped. `signals` are SIGTERM, SIGINT and SIGHUP.
    ///
    /// - Throws: what kept it from seeing what the last daemon left; then it has done nothing. It
    ///   is not to work on without: what it does not see it would never take up.
    func run(signals: AsyncStream<Int32>, pulses: Pulses) async throws(Failure) {
        environment.providers.restore()
        try recover()
        let mailbox = mailbox
        let signalTask = Task {
            for await number in signals { mailbox.yield(.signal(number)) }
        }
        // Where there is no such table, a mount over the inbox is found by the next scan.
        let mounts = try? MountWatch()
        let mountTask = mounts.map { mounts in
            Task { for await _ in mounts.changes { mailbox.yield(.mountsChanged) } }
        }
        armWatch()
        lookForRequests()
        scan()
        notifier.send(.ready(status: currentStatus()))
        activity.record(Event(.daemonReady, "Ready: \(watching)."))
        goOn()
        startRetention()
        for await message in messages {
            pulses.supervisor()
            if environment.deadlines.areKept(at: .now) { pulses.steps() }
            await handle(message)
            // Many files to look at must not keep jobs waiting that have something to say: what is left
            // of them waits at the end of the mailbox.
            if !isGoingOn { lookAtFiles() }
            lookAtRequests()
            startJobs()
            if isDraining, jobs.isEmpty, !desk.isPerforming { break }
            saveProviders()
            setAlarm()
            tellStatus()
        }
        environment.providers.save(durably: true)
        await stopNote?.value
        signalTask.cancel()
        watchTask?.cancel()
        mountTask?.cancel()
        desk.watchTask?.cancel()
        alarm?.task.cancel()
        retentionTask?.cancel()
    }

    /// Asks the loop to go round, so that whoever waits for a pulse gets one.
    nonisolated func nudge() { mailbox.yield(.figuresChanged) }

    private func handle(_ message: Message) async {
        switch message {
        case .hint(.look(let name)): note(name, renamedIn: false)
        case .hint(.renamedIn(let name)): note(name, renamedIn: true)
        case .hint(.lookAtAll): scan()
        case .hint(.second): lookForRequests()
        case .hint(.gone): armWatch(); scan()
        case .mountsChanged: if inboxIsReplaced() { armWatch(); scan() }
        case .alarm: alarmRang()
        case .claimed(let number, let name, let session): claimed(number, name, session)
        case .jobEnded(let number, let ending): jobEnded(number, ending)
        case .rejectionEnded(let name, let failure): rejectionEnded(name, failure)
        case .requestEnded(let name, let result): requestEnded(name, result)
        case .breakerChanged(let name, let state): breakerChanged(name, state)
        case .signal(SIGHUP): if !isDraining { await reload() }
        case .signal: drain()
        case .drainTimeIsOver: for task in jobs.values { task.cancel() }
        case .goOn: isGoingOn = false
        case .figuresChanged: break
        }
    }

    /// Asks the loop to go on with what is left to look at, when it has heard all that was said before.
    func goOn() {
        guard !isGoingOn else { return }
        isGoingOn = true
        mailbox.yield(.goOn)
    }
}

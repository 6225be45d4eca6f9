import Core
import Glibc
import Linux
import Pipeline
import Resilience
import Spool
import Systemd

/// The daemon's outer loop: it is told things and acts on them, a bounded number at each turn, whatever
/// others do.
///
/// What it holds in memory is only what the directories say; losing it loses nothing. It waits for no
/// disk: what reads files of others, or makes something durable, is done beside it and reported.
actor Supervisor {
    /// How long no job is started, at most, when one met a shortage of the machine.
    static let respite: Duration = .seconds(5)
    /// How often the status is told at most: the service manager tells others of each.
    static let statusPause: Duration = .milliseconds(200)
    /// How often what readers want to know is written down at most.
    static let snapshotPause: Duration = .seconds(1)
    /// How much longer than it took a directory is left alone before it is looked through again only
    /// because more happened there than a watch can tell; and at least how long.
    static let overflowPause = (factor: 4, least: Duration.milliseconds(200))

    let root: SpoolRoot
    let archive: Archive
    let rejection: Rejection
    let worker: Worker
    let activity: Activity
    let notifier: Notifier
    let reread: @Sendable () throws(Failure) -> Configuration
    let mailbox: Mailbox

    var configuration: Configuration
    /// What a reload or a restart took away and jobs wait for.
    var missingPipelines = MissingPipelines()
    /// What was put on record of them.
    var knownPipelines: KnownPipelines?
    /// Why the configuration in force is not that of the file.
    var refusal: Failure?
    /// Whether the file is read, beside the loop, and whether to read it once more.
    var isRereading = false
    var rereadAgain = false
    var environment: PipelineEnvironment

    // MARK: The inbox

    var inboxDirectory: Directory
    /// What looks at its files; nil while it does, beside the loop.
    var inbox: Inbox?
    /// Grows when what was looked at before counts for nothing any more.
    var inboxEpoch = 0
    /// What `inbox` is to forget when it is back.
    var forgotten: [FileName] = []
    /// What `inbox` is to leave alone when it is back.
    var immovable: [(name: FileName, remark: Inbox.Remark)] = []
    /// What there is to say of files that are not taken up.
    var remarks = FileRemarks()
    var scanner = InboxScanner()
    var watch: DirectoryWatch?
    /// Why the inbox is polled; nil if it is not.
    var pollReason: String?
    var listing = ListingRule()
    /// The scan of the inbox under way, and whether to begin anew when it is over.
    var scan: (stream: DirectoryStream, began: ContinuousClock.Instant)?
    var scanAgain = false
    /// The same, but not at once.
    var scanSoon = false
    /// Whether a scan has read all names, and some are still looked at.
    var scanIsEnding = false
    /// Not to be scanned before then, if only because of an overflow.
    var scanPause = ContinuousClock.now
    var isReadingParked = false

    // MARK: Jobs

    var queue: JobQueue
    /// Whether there is room for more.
    var admission = Admission()
    /// What is said of it where there is none.
    var closure: DaemonSnapshot.Closure?
    /// The names of claimed jobs.
    var index = JobIndex()
    /// Jobs to take up again later.
    var parked = ParkedJobs()
    /// How those of them come back whose provider works again.
    var returning = GradualReturn()
    var retries: [(ContinuousClock.Instant, JobQueue.Entry)] = []
    /// Why those cannot go on that are tried again.
    var stuck = StuckJobs()
    /// The jobs at work, by a number: two files that look the same are two jobs.
    var jobs: [Int: Work] = [:]
    var lastJob = 0
    /// How many jobs to have at work.
    var lookahead: Lookahead
    /// The job that runs alone, because it may be the one that ends daemons: no other is to be
    /// suspected with it.
    var suspect: Int?
    /// The same by its session, from when others begin to wait for it.
    var aloneSession: SessionID?

    // MARK: Requests

    /// What is asked for in `control/`.
    var desk: ControlDesk
    var lessons = Lessons()
    var isReadingRequests = false
    var readRequestsAgain = false
    var isRemovingStrays = false
    /// Not to be looked through before then, if only because of an overflow.
    var requestsPause = ContinuousClock.now

    // MARK: Upkeep

    /// When what is known of the providers is to be written down, if there is something new.
    var nextSave: ContinuousClock.Instant?
    let errands = Errands()
    var retentionTask: Task<Void, Never>?
    let began = ContinuousClock.now
    var nextScan = ContinuousClock.now
    var nextPoll = ContinuousClock.now
    /// No job is started before then.
    var startAgain = ContinuousClock.now
    /// What keeps jobs from being claimed or worked on at all, and when to see whether it is over.
    var trouble: Failure?
    var isProbing = false
    var nextProbe = ContinuousClock.now
    /// What was told of a watch that could not be had: of the inbox, and of the requests.
    var watchComplaints: (inbox: String?, requests: String?)
    var alarm: (at: ContinuousClock.Instant, task: Task<Void, Never>)?
    var isDraining = false
    /// Its path leads to another directory: what is dropped there comes to nobody here.
    var rootIsLost = false
    /// Puts on record that it was asked to stop.
    var stopNote: Task<Void, Never>?
    var status = ""
    var nextStatus = ContinuousClock.now
    var statusIsLate = false
    /// What was written down last; nil before that.
    var snapshot: DaemonSnapshot?
    var shownRemarks = 0
    var shownStuck = 0
    var shownQueue = 0
    var shownSteps: [Activity.RunningStep] = []
    var nextSnapshot = ContinuousClock.now

    /// A job at work.
    struct Work {
        var task: Task<Void, Never>
        /// How the queue knew it.
        var entry: JobQueue.Entry
        /// Whose it is, if that is known.
        var owner: UInt32?
        /// Its session; nil while it is only just being claimed.
        var session: SessionID?
    }

    init(
        root: SpoolRoot, worker: Worker, toolMark: String, configuration: Configuration,
        sink: any EventLog, notifier: Notifier,
        reread: @escaping @Sendable () throws(Failure) -> Configuration
    ) {
        self.root = root
        self.configuration = configuration
        self.notifier = notifier
        self.reread = reread
        archive = Archive(root: root)
        rejection = Rejection(root: root, archive: archive)
        self.worker = worker
        let mailbox = Mailbox()
        self.mailbox = mailbox
        activity = Activity(sink: sink, minimum: configuration.logLevel.priority) {
            mailbox.raise(.figuresChanged)
        }
        environment = PipelineEnvironment(
            tools: ToolRunner(
                configuration, root: root.path, mark: toolMark,
                credentials: CredentialStore(ofDaemonAt: root.directory.identity)),
            providers: ProviderBoard(
                configuration.policies, log: activity, root: root,
                changed: { mailbox.report(.breakerChanged($0, $1.to)) }),
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

    /// How it ended.
    enum Ending {
        /// As it was told to.
        case stopped
        /// Its root is not where it was any more.
        case rootLost
    }

    /// Works until it is told to stop, or has lost its root, and has stopped. `signals` are SIGTERM, SIGINT
    /// and SIGHUP.
    ///
    /// - Throws: what kept it from seeing what the last daemon left; then it has done nothing. It
    ///   is not to work on without: what it does not see it would never take up.
    func run(signals: AsyncStream<Int32>, pulses: Pulses) async throws(Failure) -> Ending {
        environment.providers.restore()
        try recover()
        recallPipelines()
        let mailbox = mailbox
        let signalTask = Task {
            for await number in signals { mailbox.signal(number) }
        }
        // Where there is no such table, a mount over the inbox is found by the next scan.
        let mounts = try? MountWatch()
        let mountTask = mounts.map { mounts in
            Task { for await _ in mounts.changes { mailbox.raise(.mountsChanged) } }
        }
        armWatch(isStart: true)
        lookForRequests()
        lookThroughInbox()
        notifier.send(.ready(status: currentStatus()))
        activity.record(Event(.daemonReady, "Ready: \(watching).\(remarkOnPipelines)"))
        survey()
        goOn()
        startRetention()
        while true {
            let mail = await mailbox.next()
            pulses.supervisor()
            if environment.deadlines.areKept(at: .now) { pulses.steps() }
            handle(mail)
            examineFiles()
            rejectFiles()
            lookAtRequests()
            probeIfDue()
            startJobs()
            if isDraining, jobs.isEmpty, !desk.isPerforming { break }
            saveProviders()
            setAlarm()
            tellStatus()
            tellReaders()
        }
        await errands.finish()
        environment.providers.save(durably: true)
        await stopNote?.value
        signalTask.cancel()
        mountTask?.cancel()
        alarm?.task.cancel()
        // A removal that has begun comes to its end, or the receipt would not say that it was meant.
        retentionTask?.cancel()
        await retentionTask?.value
        return rootIsLost ? .rootLost : .stopped
    }

    /// Asks the loop to go round, so that whoever waits for a pulse gets one.
    nonisolated func nudge() { mailbox.raise(.figuresChanged) }

    private func handle(_ mail: Mailbox.Mail) {
        for signal in mail.signals {
            if signal != SIGHUP { drain() } else if !isDraining { reload() }
        }
        if mail.flags.contains(.drainTimeIsOver) { for job in jobs.values { job.task.cancel() } }
        for report in mail.reports { handle(report) }
        if mail.flags.contains(.snapshotFailed) { snapshot = nil }
        if mail.flags.contains(.hints) { takeHints() }
        if mail.flags.contains(.mountsChanged) {
            lookForRoot()
            if !rootIsLost, inboxIsReplaced() {
                armWatch()
                lookThroughInbox()
            }
        }
        if mail.flags.contains(.alarm) { alarmRang() }
    }

    private func handle(_ report: Mailbox.Report) {
        switch report {
        case .examined(let examination): examined(examination)
        case .parkedFilesRead(let files): parkedFilesRead(files)
        case .claimed(let number, let name, let session): claimed(number, name, session)
        case .jobEnded(let number, let ending): jobEnded(number, ending)
        case .rejectionEnded(let name, let status, let failure):
            rejectionEnded(name, status, failure)
        case .requestsRead(let names): requestsRead(names)
        case .targetFound(let name, let result): targetFound(name, result)
        case .jobsLearned(let lesson): learned(lesson)
        case .straysRemoved: isRemovingStrays = false
        case .requestEnded(let name, let result): requestEnded(name, result)
        case .breakerChanged(let name, let state): breakerChanged(name, state)
        case .probed(let failure): probed(failure)
        case .configurationRead(let result): configurationRead(result)
        }
    }

    /// Asks the loop to go round once more, when it has seen to what was said meanwhile.
    func goOn() { mailbox.raise(.goOn) }
}

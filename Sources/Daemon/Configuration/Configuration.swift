import Core
import Pipeline
import Resilience
import Spool
import Video

/// Everything that can be set, with its default. `Config/reeld.json5` says the same, commented.
public struct Configuration: Hashable, Encodable, Sendable {
    /// The directory everything lives under.
    public var root = "/var/lib/reeld"
    /// The least urgent events that are logged: error, warning, notice, info or debug.
    public var logLevel = LogLevel.info
    /// How the inbox is watched.
    public var inbox = Inbox()
    /// How jobs are run.
    public var jobs = Jobs()
    /// What room is to be left on the disk.
    public var disk = Disk()
    /// How steps are run.
    public var steps = Steps()
    /// How often and when what failed is tried again.
    public var retry = Retry()
    /// When a provider that fails is left alone.
    public var breaker = Breaker()
    /// How single providers are called, by name.
    public var providers: [String: ProviderPolicy] = [:]
    /// How programs are run.
    public var tools = Tools()
    /// What is kept of finished steps for other jobs.
    public var cache = Cache()
    /// What is kept of jobs that have ended.
    public var retention = Retention()
    /// The built-in pipeline.
    public var video = Video()
    /// Pipelines of your own, by name.
    public var pipelines: [String: CommandPipeline] = [:]
    /// What is called when jobs have ended.
    public var hooks = Hooks()
    /// What job specs take that name it, by name.
    public var presets: [String: Presets.Fields] = [:]
    /// What all job specs take.
    public var defaults = Presets.Fields()

    private enum CodingKeys: String, CodingKey {
        case root, logLevel, inbox, jobs, disk, steps, retry, breaker, providers, tools, cache
        case retention, video, pipelines, presets, defaults
        case hooks = "on"
    }

    /// The configuration without any file.
    public init() {}

    /// Names of priorities, as in syslog(3).
    public enum LogLevel: String, Encodable, Sendable, CaseIterable {
        case error, warning, notice, info, debug
    }

    /// How the inbox is watched. Times are in seconds.
    public struct Inbox: Hashable, Encodable, Sendable {
        /// How long a file must not change to count as complete, where the kernel cannot tell.
        public var quietTime = 2.0
        /// How often to look at the inbox even if nothing was announced.
        public var scanInterval = 30.0
        /// How files that come are noticed.
        public var watch = Watch.auto
        /// How often to look for files that come where nothing is announced.
        public var pollInterval = 2.0

        /// Ways to notice files.
        public enum Watch: String, Encodable, Sendable, CaseIterable {
            /// By the kernel's events, and by polling where these do not tell all.
            case auto
            /// By polling alone.
            case poll
        }
    }

    /// How jobs are run.
    public struct Jobs: Hashable, Encodable, Sendable {
        /// How many at once.
        public var parallel = 2
        /// How long running jobs may go on after a request to stop, in seconds; then they are
        /// interrupted, and go on from their last finished step at the next start.
        public var drainTime = 30.0
        /// How long after a job is done another file with its `id` is rejected, in seconds.
        public var duplicateWindow = 86_400.0
        /// How long a job is left alone that the machine kept from going on, in seconds.
        public var retryDelay = 30.0
        /// How long a job is parked whose step met a shortage of the machine, in seconds.
        public var spaceDelay = 60.0
        /// How long jobs wait for a pipeline that a reload took away, in seconds.
        public var pipelineGrace = 300.0
        /// The most bytes a session's directory may hold while programs work in it.
        public var maxSessionBytes = 16 << 30
        /// The most files and directories.
        public var maxSessionFiles = 100_000
        /// How long a job has to wait, in seconds, to become as urgent as one of the next higher
        /// priority that has just come.
        public var ageing = 3600.0
        /// What one submitter may have.
        public var userLimits = UserLimits()
    }

    /// What room is to be left on the disk: with less, no job is claimed.
    public struct Disk: Hashable, Encodable, Sendable {
        /// Free bytes.
        public var reserveBytes = 500_000_000
        /// How many files could still be made.
        public var reserveFiles = 5_000
    }

    /// How steps are run.
    public struct Steps: Hashable, Encodable, Sendable {
        /// How many at once, over all jobs.
        public var parallel = 2
    }

    /// How often and when what failed is tried again.
    public struct Retry: Hashable, Sendable {
        /// What it began with.
        public var preset = RetryPreset.standard
        /// What came of that.
        public var policy = RetryPreset.standard.policy
    }

    /// When a provider that fails is left alone.
    public struct Breaker: Hashable, Sendable {
        /// When it opens and closes.
        public var settings = BreakerSettings()
        /// Which failures it counts.
        public var counted = ProviderPolicy().counted
    }

    /// How programs are run.
    public struct Tools: Hashable, Encodable, Sendable {
        /// The directories they are looked up in.
        public var path = ["/usr/local/bin", "/usr/bin", "/bin"]
        /// How long one may take to end by itself when told to, in seconds; then it is killed.
        public var grace = 5.0
        /// How many bytes of what one says are kept in its step's log.
        public var logLimit = 512 << 10
        /// How many bytes one may say before it is ended.
        public var outputLimit = 4 << 30
        /// What is set in the environment of all.
        public var environment = ToolEnvironment()
    }

    /// What is kept of finished steps for other jobs.
    public struct Cache: Hashable, Encodable, Sendable {
        /// How many bytes; 0 for nothing.
        public var maxBytes = 2 << 30
    }

    /// What is kept of jobs that have ended; by default everything. Times are in seconds.
    public struct Retention: Hashable, Encodable, Sendable {
        /// How often to look for what is not to be kept.
        public var interval = 3600.0
        /// How long a session is kept after its end; 0 for ever.
        public var age = 0.0
        /// How many sessions are kept; 0 for all.
        public var count = 0
        /// How many bytes the kept sessions may have; 0 for any number.
        public var bytes = 0
        /// How long single directories of a session are kept after its end, by name.
        public var directories: [String: Double] = [:]
        /// How long the files of ended jobs and their receipts are kept; 0 for ever.
        public var jobFilesAge = 0.0
    }

    /// The built-in pipeline.
    public struct Video: Hashable, Encodable, Sendable {
        /// The directories that a job's `music` may be in.
        public var musicDirectories: [String] = []
        /// The directories that a job's pictures may be in.
        public var imageDirectories: [String] = []
        /// Who does each kind of work, in order of preference.
        public var providers = ProviderChains()
        /// How much work goes into compressing the picture.
        public var encoder = Compression.balanced
    }
}

extension Configuration {
    /// What is to be left free on the disk.
    var reserve: Admission.Reserve {
        Admission.Reserve(bytes: disk.reserveBytes, files: disk.reserveFiles)
    }

    /// How a provider is called that has no section of its own.
    var generalPolicy: ProviderPolicy {
        ProviderPolicy(
            retry: retry.policy, breaker: breaker.settings, counted: breaker.counted)
    }

    /// All commands that it names, by the name of their pipeline: `on.done` for hooks.
    var commands: [String: CommandPipeline] {
        SpoolDirectory.terminal.reduce(into: pipelines) { all, state in
            all[Hooks.pipeline(state)] = CommandPipeline(steps: hooks[state])
        }
    }

    /// How all providers are called.
    public var policies: ProviderPolicies { ProviderPolicies(generalPolicy, named: providers) }

    /// The names of all providers there are, each once.
    public var providerNames: [String] {
        let own = commands.flatMap { name, pipeline in pipeline.providerNames(in: name) }
        return Set(own + VideoPipeline.providerNames).sorted()
    }
}

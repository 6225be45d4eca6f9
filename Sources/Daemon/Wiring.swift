import Core
import Linux
import Pipeline
import Spool

extension ToolRunner {
    init(
        _ configuration: Configuration, root: String, mark: String,
        credentials: CredentialStore = CredentialStore(source: nil, place: "")
    ) {
        self.init(
            searchPath: configuration.tools.path + [OwnProgram.directory].compactMap { $0 },
            grace: .seconds(configuration.tools.grace),
            root: root, mark: mark, limits: configuration.toolLimits,
            environment: configuration.tools.environment.values(), credentials: credentials)
    }
}

extension Configuration {
    var toolLimits: ToolLimits {
        var limits = ToolLimits()
        limits.sessionBytes = jobs.maxSessionBytes
        limits.sessionFiles = jobs.maxSessionFiles
        limits.log = tools.logLimit
        limits.output = tools.outputLimit
        return limits
    }

    var settling: Settling { Settling(quietTime: .seconds(inbox.quietTime)) }

    /// What is kept of jobs that have ended.
    public var retentionPolicy: RetentionPolicy {
        var policy = RetentionPolicy()
        if retention.age > 0 { policy.age = .seconds(retention.age) }
        if retention.count > 0 { policy.count = retention.count }
        if retention.bytes > 0 { policy.bytes = retention.bytes }
        policy.directories = retention.directories.mapValues { .seconds($0) }
        if retention.jobFilesAge > 0 { policy.jobFiles = .seconds(retention.jobFilesAge) }
        return policy
    }

    /// The ids of jobs under a root.
    public func jobIdentity(under root: SpoolRoot) -> JobIdentity {
        JobIdentity(root: root, window: .seconds(jobs.duplicateWindow))
    }
}

extension Configuration.LogLevel {
    var priority: Event.Priority {
        switch self {
        case .error: .error
        case .warning: .warning
        case .notice: .notice
        case .info: .info
        case .debug: .debug
        }
    }
}

import Core
import Pipeline
import Resilience
import Spool

extension ToolRunner {
    init(_ configuration: Configuration, root: String) {
        self.init(
            searchPath: configuration.tools.path, grace: .seconds(configuration.tools.grace),
            root: root, limits: configuration.toolLimits)
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

    var breakerSettings: BreakerSettings {
        BreakerSettings(
            consecutiveFailures: breaker.failures, failureRate: breaker.failureRate,
            minimumCalls: breaker.minimumCalls, window: .seconds(breaker.window),
            openFor: .seconds(breaker.wait), successes: breaker.successes)
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

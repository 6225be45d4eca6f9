/// The kinds of event there are. Each has a MESSAGE_ID of its own, by which `journalctl` finds it
/// and the journal's catalog (`systemd/reeld.catalog`) explains it.
public enum EventKind: String, Sendable, CaseIterable {
    case daemonStarted
    case daemonReady
    case daemonStopping
    case daemonStopped
    case configurationReloaded
    case configurationRefused
    case requirementMissing
    case inboxWatched
    case admissionClosed
    case admissionOpened
    case fileLeftAlone
    case jobRejected
    case jobClaimed
    case jobResumed
    case jobAlone
    case jobDeferred
    case jobDone
    case jobFailed
    case jobCheckpointed
    case jobCancelled
    case jobHeld
    case jobReleased
    case jobRetried
    case requestRefused
    case spoolPaused
    case spoolResumed
    case stepStarted
    case stepFinished
    case stepReused
    case stepOutdated
    case stepRetried
    case stepFailed
    case stepDegraded
    case hookFailed
    case jobForReview
    case jobReviewed
    case stepHedged
    case breakerOpened
    case breakerHalfOpen
    case breakerClosed
    case breakerForcedOpen
    case breakerDisabled
    case breakerMeasuring
    case breakerEnabled
    case breakerReset
    case providerStateDamaged
    case spoolProblem
    case partStuck
    case outputsRemoved
    case retentionApplied
    case clockJumped
    case messagesLost

    /// The MESSAGE_ID: 128 bits in lower-case hexadecimal, made once at random, never changed.
    /// See sd_journal_print(3) and systemd.journal-fields(7).
    public var messageID: String {
        switch self {
        case .daemonStarted: "679d190b03a044298ec9a9177776cb59"
        case .daemonReady: "1ff3321d0fde4a74959a8349c413505c"
        case .daemonStopping: "160b42860d5d41849f440fc49b7a4daf"
        case .daemonStopped: "263d4df7bbd345c9857aa5c9601f82b8"
        case .configurationReloaded: "9529f40d71674e03bdb5709ff3a35848"
        case .configurationRefused: "1c682ce90040405b9a94c5839111ebd5"
        case .requirementMissing: "aadbbc307dd4415eabd196e3acbaa4fe"
        case .inboxWatched: "836e5ee0872248fba628cd3233e0ba8c"
        case .admissionClosed: "87dda053c375449a8a1a90942f0e11af"
        case .admissionOpened: "b6dabfc7bde74daa8b33dbf524d364d4"
        case .fileLeftAlone: "4db874da40294deab7e19aab50c3c733"
        case .jobRejected: "a4d843c1114d4810bc4a3680ea7e59c6"
        case .jobClaimed: "4808078f3c09448f8db4d1dc72776843"
        case .jobResumed: "d2ff985fdc1847979ed44658e82f58b5"
        case .jobAlone: "816ba2bc45a94b6bb33b4929be40d988"
        case .jobDeferred: "8e253ba32ace44fb8e6609fd191466f7"
        case .jobDone: "654eab0ff95a4fb79c5421d5d2145ba2"
        case .jobFailed: "4f0f7a3a51f8402fb51b249a4fdbbef0"
        case .jobCheckpointed: "e19f557983f742718789be7f596310b9"
        case .jobCancelled: "7a8a1824d93347bba693ac5a2d39e02e"
        case .jobHeld: "62b2065b31c6422eaf42717dfe547ec1"
        case .jobReleased: "c210adaa3a7647858882c23f1aef67d9"
        case .jobRetried: "68c19c4ed7f642ec9de596c124673858"
        case .requestRefused: "f10873ed2a9c4e7e89a2c57701965ce9"
        case .spoolPaused: "49c3fd880ec74de3a07f54527ebd25fb"
        case .spoolResumed: "db29401a1ad74c47b609b0c248c5226d"
        case .stepStarted: "f6cafea0416f401fb3da1fa6c8ccf451"
        case .stepFinished: "9aa81bcf41264558be95589e581a6dc9"
        case .stepReused: "1680936faec441d7bd111dc5b7e6f91a"
        case .stepOutdated: "f9eb9ee78de8410c9a67c2c1211e46a9"
        case .stepRetried: "c5ee8111835c428aadac3b26b57ece47"
        case .stepFailed: "4ecd793265ac4d52883b493b7b67c0c3"
        case .stepDegraded: "b75ca069de0345069e297181cf68b3c8"
        case .hookFailed: "1a925e53489b41b0bba08a0873156d1b"
        case .jobForReview: "bb5d7c0b8d4943f6aae13238146f45a0"
        case .jobReviewed: "c0e73cd84dbf48789657a974d6a72069"
        case .stepHedged: "6827451f1c134e0f9ef6bfc814280973"
        case .breakerOpened: "bb5e8f75dc7641b0bfe91fbbcd32ffad"
        case .breakerHalfOpen: "cd39e2070ce94b3cb62bc4eda1aeafda"
        case .breakerClosed: "960a96e88d05440d99145133aac35e47"
        case .breakerForcedOpen: "0a3a52455b3048ba8cd01c19c08f00ca"
        case .breakerDisabled: "273f2ee03e744b19b4dde13839e629cf"
        case .breakerMeasuring: "b8a4eb21ac7144069b81b204e6ab5282"
        case .breakerEnabled: "65ce75cccbb542cb8bd3b6d124d5a2da"
        case .breakerReset: "0404b569319a42b38effacf7c0e37846"
        case .providerStateDamaged: "f6b7d00bfff04c718f1220e39e22d114"
        case .spoolProblem: "996efe92563a46958219d235fb392619"
        case .partStuck: "4ad308b3d5a84ceba3dc129cc07eee23"
        case .outputsRemoved: "74300829434a4859a0ca10fedd5e8680"
        case .retentionApplied: "f09e9bc640014d81a2b286ef7e287710"
        case .clockJumped: "0072755d1e014398bb162b9a9ebfc6e3"
        case .messagesLost: "882dd3ca73cf4e029151008f09c9c443"
        }
    }

    /// How urgent an event of this kind is unless it says otherwise.
    public var priority: Event.Priority {
        switch self {
        case .daemonStarted, .daemonReady, .daemonStopping, .daemonStopped: .notice
        case .configurationReloaded, .inboxWatched: .notice
        case .configurationRefused, .spoolProblem, .partStuck: .error
        case .requirementMissing, .admissionClosed: .warning
        case .admissionOpened: .notice
        case .fileLeftAlone, .jobRejected: .warning
        case .jobClaimed, .jobDone: .notice
        case .jobResumed, .jobDeferred, .jobCheckpointed: .notice
        case .jobAlone: .warning
        case .jobCancelled, .jobHeld, .jobReleased, .jobRetried: .notice
        case .jobForReview, .jobReviewed: .notice
        case .requestRefused: .warning
        case .spoolPaused, .spoolResumed: .notice
        case .jobFailed: .error
        // The steps of a job are for who looks into it: what a person wants to know of it is told without.
        case .stepStarted, .stepFinished, .stepReused: .debug
        case .outputsRemoved: .info
        case .retentionApplied: .notice
        case .clockJumped, .messagesLost: .warning
        case .stepRetried, .stepFailed, .stepDegraded, .hookFailed, .breakerOpened: .warning
        case .stepHedged, .stepOutdated, .breakerHalfOpen, .breakerClosed: .notice
        case .breakerForcedOpen, .breakerDisabled, .breakerMeasuring: .warning
        case .breakerEnabled, .breakerReset: .notice
        case .providerStateDamaged: .warning
        }
    }
}

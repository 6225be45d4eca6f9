import Core

/// What a request comes to, by where its job is.
public enum ControlPlan: Hashable, Sendable {
    /// It is to be carried out.
    case perform
    /// It is so already: why nothing has to be done, as the end of a sentence about the job.
    case alreadySo(String)
    /// It makes no sense: why, as the end of a sentence about the job.
    case impossible(String)

    /// Decides. A pure function, the same for the daemon and for who asks it.
    public init(_ verb: ControlRequest.Verb, _ place: JobLookup.Place) {
        self =
            switch (verb, place) {
            case (.cancel, .waiting), (.cancel, .session): .perform
            case (.cancel, .ended): .impossible("has ended")

            case (.hold, .waiting(_, in: .held)), (.hold, .session(_, in: .held)):
                .alreadySo("is held")
            case (.hold, .waiting), (.hold, .session): .perform
            case (.hold, .ended): .impossible("has ended")

            case (.release, .waiting(_, in: .held)), (.release, .session(_, in: .held)): .perform
            case (.release, .waiting), (.release, .session): .impossible("is not held")
            case (.release, .ended): .impossible("has ended")

            case (.retry, .ended(_, in: .done)): .impossible("is done")
            case (.retry, .ended): .perform
            case (.retry, .waiting), (.retry, .session): .impossible("has not ended")

            case (.retryHooks, .ended): .perform
            case (.retryHooks, .waiting), (.retryHooks, .session): .impossible("has not ended")

            // Whether it waits for that is on record.
            case (.approve, .session(_, in: .deferred)), (.reject, .session(_, in: .deferred)):
                .perform
            case (.approve, .session(_, in: .held)), (.reject, .session(_, in: .held)):
                .impossible("is held")
            case (.approve, .ended), (.reject, .ended): .impossible("has ended")
            case (.approve, _), (.reject, _): .impossible("does not wait for review")
            }
    }
}

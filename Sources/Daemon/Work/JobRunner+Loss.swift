import Core
import Linux
import Spool
import Video

/// Jobs whose session somebody removed: they end, under their own names.
extension JobRunner {
    /// Ends a job if its session is not there, or not its record; nil if both are, or the job is nowhere.
    func endLost(_ id: SessionID, _ job: String?) throws(Failure) -> Ending? {
        guard let found = try SessionLoss(of: id, job: job, in: root),
            try activate(id) != nil
        else { return nil }
        let loss = SessionLoss(
            session: id, job: found.job ?? name(of: id), missing: found.missing)
        let failure = loss.failure
        let receipt = Receipt(
            cancelling: loss.name, because: failure, arrived: nil, at: environment.now(), .now)
        let filed = try archive.file(
            "\(id).json", of: root[.active], droppedAs: loss.name, receipt)
        guard filed != nil else { return .gone }
        environment.log.record(
            Event(
                .jobFailed, "\(loss.name.display) failed: \(failure)",
                [
                    .job: loss.name.display, .session: id.description,
                    .state: SpoolDirectory.failed.rawValue, .error: failure.code,
                ]))
        return .filed(.failed)
    }

    /// The name of a job that nothing but its file tells of: by its id, if it has one.
    private func name(of id: SessionID) -> String? {
        let file: FileName = "\(id).json"
        guard let bytes = try? root[.active].open(entry: file).read(limit: largestSpec),
            let own = (try? Brief(recorded: bytes))?.id,
            let owner = try? root[.active].status(file)?.owner
        else { return nil }
        return
            (try? pipelines.configuration.jobIdentity(under: root).job(
                of: id, id: own, of: owner)) ?? nil
    }
}

import Core
import Linux
import Spool

/// Jobs that were begun before: in the queue again, or parked until they are due.
extension Supervisor {
    /// Queues a session. Its record says how urgent it is, whose, and whether daemons died over it.
    func enqueue(_ id: SessionID) {
        let record = try? SessionRecord.read(
            from: root[.outputs].directory(id.description))
        if let record { index.add(id, record.job) }
        queue.add(
            id, priority: record?.priority ?? 0, arrived: record?.arrived ?? Timestamp.now,
            owner: record?.owner ?? root.directory.owner,
            isSuspect: record.map(worker.isSuspect) ?? false)
    }

    /// A job that an earlier daemon parked. How long it was to wait, and for which breakers, is on
    /// record, but matters only if its wake time is far away.
    func park(_ id: SessionID, until: Timestamp) {
        var wait: Duration?
        var breakers: [String] = []
        var cause: String?
        if until.since(.now) > .seconds(60),
            let directory = try? root[.outputs].directory(id.description),
            let record = try? SessionRecord.read(from: directory)
        {
            index.add(id, record.job)
            if let parking = record.parking, parking.until == until {
                wait = parking.seconds.map { .seconds($0) }
                breakers = parking.breakers ?? []
            }
            cause = record.parking?.reason?.cause
        }
        parked.add(id, until: until, wait: wait, breakers: breakers, because: cause, at: .now)
        returnIfPossible(breakers)
    }

    /// An operator may have changed when a parked job is due: looks at their files, beside the loop.
    func readParkedFiles() {
        guard !isReadingParked, parked.count > 0 else { return }
        isReadingParked = true
        let (directory, activity) = (root[.deferred], activity)
        Task(executorPreference: BlockingExecutor.upkeep) { [mailbox] in
            var files: [(SessionID, Timestamp)] = []
            do throws(SystemError) {
                for name in try directory.entries() {
                    guard let id = name.sessionID, let status = try directory.status(name) else {
                        continue
                    }
                    files.append((id, Timestamp(secondsSince1970: status.modified)))
                }
            } catch {
                // The next scan looks again.
                let failure = error.failure("look at the parked jobs in")
                activity.record(Event(.spoolProblem, "\(failure)", [.error: failure.code]))
            }
            mailbox.report(.parkedFilesRead(files))
        }
    }

    func parkedFilesRead(_ files: [(SessionID, Timestamp)]) {
        isReadingParked = false
        for (id, until) in files { parked.notice(id, until: until) }
    }

    /// Queues or parks a session by where its file is, unless somebody has it already.
    func takeUp(_ id: SessionID) {
        guard !isAtWork(id), !desk.hasSetAside(id) else { return }
        let name: FileName = "\(id).json"
        do throws(SystemError) {
            if let status = try root[.deferred].status(name) {
                park(id, until: Timestamp(secondsSince1970: status.modified))
            } else if try root[.active].contains(name) {
                let isWhole = try root[.outputs].contains(FileName(id.description))
                if isWhole { enqueue(id) } else { queue.add(claim: id) }
            }
        } catch {
            complain(error.failure("take up \(id):"))
            retries.append((.now + .seconds(configuration.jobs.retryDelay), .claim(id)))
        }
    }

    /// Whether a job works on a session.
    func isAtWork(_ id: SessionID) -> Bool { jobs.values.contains { $0.session == id } }
}

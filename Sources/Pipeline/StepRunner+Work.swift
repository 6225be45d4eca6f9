import Core
import Glibc
import Linux
import Resilience
import Spool

/// The work of one attempt: plan, write, run, check, keep.
extension StepRunner {
    /// What the tools of an attempt have left in its directory.
    struct Work: Sendable {
        let production: Production
        let directory: Directory
        let leftBehind: [String]
        let cost: SessionRecord.Cost?
        /// What of the machine decided what was made, when that began.
        let machine: [String: String]?
        /// What decides all that is made, if it may be reused, and how long making it took; nil if it
        /// was reused.
        let making: (key: CacheKey?, took: Duration)?
    }

    /// The work of an attempt from its beginning to its end; then the call is over.
    func perform(_ turn: Turn) async -> Result<Made, Failure> {
        let clock = ContinuousClock.now
        let result: Result<Made, Failure>
        do throws(Failure) {
            result = .success(try keep(try await work(turn.provider, in: step.name, turn.time)))
        } catch {
            result = .failure(error)
        }
        leave(turn.call, of: turn.provider, result, since: clock)
        return result
    }

    /// Tells what became of a call.
    func leave<R>(
        _ call: ProviderGate.Call, of provider: Provider, _ result: Result<R, Failure>,
        since clock: ContinuousClock.Instant
    ) {
        var failure: Failure?
        if case .failure(let error) = result { failure = error }
        board.leave(call, of: provider.name, failure: failure, took: .now - clock)
    }

    /// Lets the provider plan, and does as it says in a fresh directory of this name.
    func work(
        _ provider: Provider, in name: String, _ timeout: Duration
    ) async throws(Failure) -> Work {
        let deadline = ContinuousClock.now + timeout
        let view = SessionView(
            session, work: name, externals: try await beginnings(of: provider.externals))
        let production = try provider.produce(view)
        let work = try converting("make the working directory of") {
            try session.freshWorkDirectory(step: name)
        }
        var machine: [String: String]?
        if let parts = provider.machine { machine = await environment.tools.versions(of: parts) }
        let key = try await cacheKey(of: production, provider, view.inputs, machine ?? [:])
        let started = ContinuousClock.now
        if let key, try isReused(key, production, in: work, provider) {
            return Work(
                production: production, directory: work, leftBehind: [], cost: nil,
                machine: machine, making: nil)
        }
        for (name, bytes) in production.files.sorted(by: { $0.key < $1.key }) {
            try converting("write") { try work.write(bytes, to: FileName(name)) }
        }
        var leftBehind: [String] = []
        var cost: SessionRecord.Cost?
        for tool in production.tools {
            let run: ToolRunner.Run
            do throws(Failure) {
                run = try await environment.tools.run(
                    tool, in: work, session: session.directory, log: "logs/\(name).log",
                    timeout: max(.milliseconds(1), deadline - .now))
            } catch { throw production.blame(error) }
            cost = SessionRecord.Cost(
                processor: (cost?.processor ?? 0) + run.processorTime.seconds,
                memory: max(cost?.memory ?? 0, run.peakMemory))
            let count = run.leftBehind
            if count > 0 {
                leftBehind.append(
                    "Step \(step.name) left \(count) process\(count == 1 ? "" : "es") behind when \(tool.program) ended; \(count == 1 ? "it was" : "they were") ended too."
                )
            }
        }
        if !production.tools.isEmpty { try checkPlace(of: work, name) }
        try production.check(WorkDirectory(directory: work))
        let took = ContinuousClock.now - started
        let confirmed = await confirmed(key, of: production, provider, view)
        return Work(
            production: production, directory: work, leftBehind: leftBehind, cost: cost,
            machine: machine, making: (confirmed, took))
    }

    /// What a tool made where its path leads is looked for in the directory that it was given.
    private func checkPlace(of work: Directory, _ name: String) throws(Failure) {
        try converting("look at the working directory of") { () throws in
            // That the whole session is gone is found by others.
            guard try session.directory.status().links > 0, try !session.isWork(work, of: name)
            else { return }
            throw Failure(
                .permanent, code: "work_replaced", operation: "keep the outputs of",
                subject: step.name,
                cause: "its working directory was replaced or removed meanwhile",
                hint: "Programs have to leave the directory in place that they are given as {out}")
        }
    }

    /// Moves what came out to its place, durably with the commit that is told.
    func keep(_ work: Work) throws(Failure) -> Made {
        var made = try converting("keep the outputs of") {
            try keep(work.production.outputs, of: work.directory)
        }
        made.degradations = work.production.degradations + work.leftBehind
        made.cost = work.cost
        made.machine = work.machine
        guard let making = work.making else {
            made.isReused = true
            return made
        }
        if let key = making.key, work.leftBehind.isEmpty {
            store(made, of: work.production, for: key, took: making.took)
        }
        return made
    }

    /// What an attempt made.
    struct Made: Sendable {
        var outputs: [SessionRecord.OutputRecord] = []
        /// What makes them durable.
        var commit = Commit()
        var degradations: [String] = []
        /// What its tools took, if there were any.
        var cost: SessionRecord.Cost?
        /// What of the machine decided it; nil if that is not known.
        var machine: [String: String]?
        /// Whether it was made before, for this or another session.
        var isReused = false
    }

    /// How many files are kept open at most, to be made durable together.
    private static let mostOpen = 16

    /// Moves the outputs to their places, or leaves them where they wait for publication.
    func keep(_ outputs: Production.Outputs, of work: Directory) throws -> Made {
        let moves: [Production.Output]
        switch outputs {
        case .files(let files): moves = files
        case .publication(let names):
            moves = publication(names)
        case .everythingForPublication:
            // The directory is also the tools' HOME, where many keep a cache.
            let visible = try work.entries().sorted().filter { !$0.hasPrefix(".") }
            let names = try visible.map { name in
                guard let text = name.text else { throw unpublishable(name, "is not UTF-8") }
                guard name.isPlain else {
                    throw unpublishable(name, "starts with a dash or contains a line break")
                }
                return text
            }
            moves = publication(names)
        }
        var made = Made()
        var touched: [String: Directory] = [:]
        var isPublication = false
        for move in moves {
            let (record, file) = try describe(move, in: work)
            made.outputs.append(record)
            if made.commit.files.count < Self.mostOpen {
                made.commit.files.append(file)
            } else {
                try file.sync()
            }
            if Session.publishedName(of: move.place) != nil {
                isPublication = true
                continue
            }
            let place = move.place.split(separator: "/")
            let parent = place.dropLast().joined(separator: "/")
            let directory =
                try touched[parent] ?? Session.directory(parent, of: session.directory)
            touched[parent] = directory
            try work.move(
                FileName(move.file), into: directory, replacing: FileName(String(place.last ?? "")))
        }
        made.commit.directories = Array(touched.values)
        if isPublication { made.commit.add(try session.commit(ofWork: work)) }
        return made
    }

    private func publication(_ names: [String]) -> [Production.Output] {
        names.map { name in
            Production.Output(name, as: Session.publicationPlace(step: step.name, file: name))
        }
    }

    /// Looks at one file, which stays open to be made durable.
    private func describe(
        _ move: Production.Output, in work: Directory
    ) throws -> (SessionRecord.OutputRecord, OpenFile) {
        let file: Descriptor
        do throws(SystemError) {
            // It may be somebody else's file as well, who would change it when it is published.
            try work.separate(FileName(move.file))
            file = try work.open(move.file, O_RDONLY)
        } catch {
            if error.errno == ELOOP || error.errno == ENXIO {
                throw Failure(
                    .permanent, code: "not_a_file", operation: "take the output",
                    subject: move.file.utf8.escapedForDisplay,
                    cause: error.errno == ELOOP ? "it is a symbolic link" : "it is a socket",
                    hint: "A step's outputs are copies, not links")
            }
            guard [ENOENT, ENOTDIR, EXDEV].contains(error.errno) else { throw error }
            throw Failure(
                .permanent, code: "output_missing", operation: "keep the output",
                subject: move.file.utf8.escapedForDisplay, cause: error.reason.lowercased(),
                hint: "The step has to make it as a regular file in its working directory")
        }
        return (try SessionRecord.OutputRecord(of: file, place: move.place), OpenFile(file))
    }

    private func unpublishable(_ name: FileName, _ cause: String) -> Failure {
        Failure(
            .permanent, code: "bad_output", operation: "publish", subject: name.display,
            cause: "its name \(cause)", hint: "Give outputs plain names")
    }
}

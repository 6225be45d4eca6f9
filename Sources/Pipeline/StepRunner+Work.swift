import Core
import Glibc
import Linux
import Spool

/// The work of one attempt: plan, write, run, check, keep.
extension StepRunner {
    /// Lets the provider plan, does as it says in a fresh directory, and moves what came out to
    /// its place, durably.
    func perform(
        _ provider: Provider
    ) async throws(Failure) -> ([SessionRecord.OutputRecord], [String]) {
        let deadline = ContinuousClock.now + step.timeout
        let production = try await provider.produce(SessionView(session))
        let work = try converting("make the working directory of") {
            try session.freshWorkDirectory(step: step.name)
        }
        for (name, bytes) in production.files.sorted(by: { $0.key < $1.key }) {
            try converting("write") { try work.write(bytes, to: FileName(name)) }
        }
        for tool in production.tools {
            try await environment.tools.run(
                tool, in: work, session: session.directory, log: "logs/\(step.name).log",
                timeout: max(.milliseconds(1), deadline - .now))
        }
        try production.check(WorkDirectory(directory: work))
        let outputs = try await converting("keep the outputs of") {
            try await keep(production.outputs, of: work)
        }
        return (outputs, production.degradations)
    }

    /// Makes the outputs durable and moves them to their places.
    private func keep(
        _ outputs: Production.Outputs, of work: Directory
    ) async throws -> [SessionRecord.OutputRecord] {
        let moves: [Production.Output]
        switch outputs {
        case .files(let files): moves = files
        case .publication(let names):
            moves = try publication(names)
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
            moves = try publication(names)
        }
        var records: [SessionRecord.OutputRecord] = []
        var touched: [String: Directory] = [:]
        for move in moves {
            let place = move.place.split(separator: "/")
            let parent = place.dropLast().joined(separator: "/")
            let directory = try touched[parent] ?? session.directory.directory(parent)
            touched[parent] = directory
            records.append(try settle(move, in: work))
            try work.move(
                FileName(move.file), into: directory, replacing: FileName(String(place.last ?? "")))
        }
        for directory in touched.values { try session.sync.sync(directory) }
        return records
    }

    private func publication(_ names: [String]) throws -> [Production.Output] {
        try session.makePublicationDirectory(step: step.name)
        return names.map { name in
            Production.Output(name, as: Session.publicationPlace(step: step.name, file: name))
        }
    }

    /// Makes one file's bytes durable and describes it.
    private func settle(
        _ move: Production.Output, in work: Directory
    ) throws -> SessionRecord.OutputRecord {
        let file: Descriptor
        do throws(SystemError) { file = try work.open(move.file, O_RDONLY) } catch {
            if error.errno == ELOOP {
                throw Failure(
                    .permanent, code: "not_a_file", operation: "take the output",
                    subject: move.file.utf8.escapedForDisplay, cause: "it is a symbolic link",
                    hint: "A step's outputs are copies, not links")
            }
            guard [ENOENT, ENOTDIR, ENXIO, EXDEV].contains(error.errno) else { throw error }
            throw Failure(
                .permanent, code: "output_missing", operation: "keep the output",
                subject: move.file.utf8.escapedForDisplay, cause: error.reason.lowercased(),
                hint: "The step has to make it as a regular file in its working directory")
        }
        // Described first: it says what is wrong with a FIFO, where fsync(2) only says EINVAL.
        let record = try SessionRecord.OutputRecord(of: file, place: move.place)
        try file.sync()
        return record
    }

    private func unpublishable(_ name: FileName, _ cause: String) -> Failure {
        Failure(
            .permanent, code: "bad_output", operation: "publish", subject: name.display,
            cause: "its name \(cause)", hint: "Give outputs plain names")
    }
}

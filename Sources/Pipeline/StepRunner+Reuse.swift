import Core
import Glibc
import Linux
import Spool

/// What was made before, for any session, instead of an attempt's work.
extension StepRunner {
    /// What decides all that a production makes, if it may be reused.
    func cacheKey(of production: Production, _ view: SessionView) -> CacheKey? {
        guard environment.cache != nil, let inputs = view.inputs else { return nil }
        return CacheKey(
            production, session: session.directory.path, inputs: inputs,
            program: environment.tools.version(of:),
            external: { path in
                guard let slash = path.lastIndex(of: "/"),
                    let directory = try? Directory(path: String(path[...slash])),
                    let file = try? directory.open(
                        String(path[path.index(after: slash)...]), O_RDONLY)
                else { return nil }
                return try? SessionRecord.OutputRecord.hash(of: file)
            })
    }

    /// Takes what was made for the same key before into the directory, if it still passes the check.
    func isReused(
        _ key: CacheKey, _ production: Production, in work: Directory, _ provider: Provider
    ) throws(Failure) -> Bool {
        guard let time = environment.cache?.fetch(key, into: work) else { return false }
        do throws(Failure) { try production.check(WorkDirectory(directory: work)) } catch {
            // What a newer check refuses is made anew, and what was fetched must not be in the way.
            try converting("empty the working directory of") {
                for name in try work.entries() { try work.removeTree(name) }
            }
            return false
        }
        environment.log.record(
            Event(
                .stepReused,
                "Step \(step.name) of \(job) was made before with the same input, in \(time.text), and is not made again.",
                [
                    .session: session.id.description, .job: job, .step: step.name,
                    .provider: provider.name,
                ]))
        return true
    }

    /// Keeps what was made for others that want the same.
    func store(_ made: Made, of production: Production, for key: CacheKey, took time: Duration) {
        guard case .files(let files) = production.outputs, files.count == made.outputs.count else {
            return
        }
        environment.cache?.store(
            key, zip(files, made.outputs).map { (name: $0.file, record: $1) },
            of: session.directory, took: time)
    }
}

import Core
import Linux
import Spool

/// What was made before, for any session, instead of an attempt's work.
extension StepRunner {
    /// How the files outside the session begin that a provider reads.
    func beginnings(
        of externals: [String]
    ) async throws(Failure) -> [String: Result<[UInt8], ExternalFault>] {
        var found: [String: Result<[UInt8], ExternalFault>] = [:]
        for path in externals where found[path] == nil {
            found[path] = try await OutsideFile(path).beginning(limit: 1 << 18)
                .mapError { ExternalFault($0.cause, remedy: $0.remedy) }
        }
        return found
    }

    /// What decides all that a production makes, if it may be reused: `inputs` it reads of the session, and
    /// `versions` are those of the machine's parts.
    func cacheKey(
        of production: Production, _ provider: Provider, _ inputs: [CacheKey.Input]?,
        _ versions: [String: String]
    ) async throws(Failure) -> CacheKey? {
        guard environment.cache != nil, production.reuse == .whenSame, let inputs,
            let machine = provider.machine
        else { return nil }
        var externals: [String] = []
        for path in provider.externals {
            guard case .success(let hash) = try await OutsideFile(path).hash() else { return nil }
            externals.append(hash)
        }
        return CacheKey(
            production, session: session.directory.path, inputs: inputs, machine: machine,
            versions: versions, externals: externals, environment: environment.tools.environment)
    }

    /// The key, if everything that decided is still as it was when it was computed: what the tools read may
    /// have been changed before they came to read it.
    func confirmed(
        _ key: CacheKey?, of production: Production, _ provider: Provider, _ view: SessionView
    ) async -> CacheKey? {
        guard let key else { return nil }
        let versions = await environment.tools.versions(of: provider.machine ?? [])
        let now = try? await cacheKey(of: production, provider, view.inputsNow(hashes), versions)
        return now == key ? key : nil
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

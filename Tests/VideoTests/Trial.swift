import Core
@preconcurrency import Dispatch
import Glibc
import Pipeline
import Synchronization
import TestSupport
import Video

/// Performs a pipeline in a temporary directory: every step once, two at a time, no retries.
/// What the real runner promises about durability is not needed to see what the steps make.
final class Trial: SessionFiles {
    let directory = TemporaryDirectory()
    let id = SessionID(at: 1_795_409_565, JobHandle(0x2A7F3))
    let created = 1_795_409_565.0
    /// The root has in its name what would break an unescaped file list or filter graph.
    let root: String
    private let state = Mutex(State())

    private struct State: Sendable {
        var history: [StepSummary] = []
        var failure: Failure?
    }

    init() {
        root = directory.path + "/it's, [a]: \"place\""
        for place in [
            "", "/scripts", "/images", "/audio", "/video_clips", "/metadata", "/final_output",
            "/work",
        ] {
            mkdir(root + place, 0o755)
        }
    }

    var history: [StepSummary] { state.withLock(\.history).sorted { $0.step < $1.step } }

    var work: String { root + "/work" }

    func path(_ place: String) -> String { root + "/" + place }

    func read(_ place: String, limit: Int) throws(Failure) -> [UInt8] {
        try Folder(path: root).read(place, limit: limit)
    }

    func beginning(ofExternal path: String) throws(ExternalFault) -> [UInt8] {
        try beginningOfFile(path)
    }

    /// Runs everything; gives the names published.
    func run(_ pipeline: PipelineDefinition) async throws(Failure) -> [String] {
        var finished: Set<String> = []
        var published: [String] = []
        while true {
            let steps = try pipeline.steps(self, finished)
            let ready = steps.filter {
                !finished.contains($0.name) && finished.isSuperset(of: $0.needs)
            }
            guard !ready.isEmpty else { return published }
            let batch = ready.sorted { $0.urgency > $1.urgency }.prefix(2)
            published += await withTaskGroup(of: [String].self) { group in
                for step in batch {
                    group.addTask { await self.perform(step) }
                }
                return await group.reduce([], +)
            }
            if let failure = state.withLock(\.failure) { throw failure }
            finished.formUnion(batch.map(\.name))
        }
    }

    private func perform(_ step: Step) async -> [String] {
        do throws(Failure) {
            return try await make(step)
        } catch {
            state.withLock { $0.failure = error }
            return []
        }
    }

    private func make(_ step: Step) async throws(Failure) -> [String] {
        let work = Folder(path: path("work/" + step.name))
        mkdir(work.path, 0o755)
        guard let provider = step.providers.first else { return [] }
        // The configuration has to know them all.
        for one in step.providers where !VideoPipeline.providerNames.contains(one.name) {
            throw Failure(
                .permanent, code: "unknown_provider", operation: "find the name of",
                subject: one.name, cause: "VideoPipeline.providerNames does not have it")
        }
        let begin = now()
        let production = try provider.produce(self)
        for (name, bytes) in production.files { try work.write(bytes, to: name) }
        for tool in production.tools { try await work.run(tool) }
        try production.check(work)
        var published: [String] = []
        switch production.outputs {
        case .files(let outputs):
            for output in outputs { rename(work.path + "/" + output.file, path(output.place)) }
        case .publication(let names):
            for name in names { rename(work.path + "/" + name, path("final_output/" + name)) }
            published = names
        case .everythingForPublication: break
        }
        state.withLock {
            $0.history.append(
                StepSummary(
                    step: step.name, provider: provider.name, attempts: 1, seconds: now() - begin,
                    degradations: production.degradations))
        }
        return published
    }
}

/// A directory whose files can be read and written, and tools run in.
struct Folder: WorkFiles {
    let path: String

    func read(_ name: String, limit: Int) throws(Failure) -> [UInt8] {
        guard let file = fopen(path + "/" + name, "r") else { throw failure("read", name) }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        guard size <= limit else { throw failure("read all of", name) }
        rewind(file)
        return [UInt8](unsafeUninitializedCapacity: size) {
            $1 = fread($0.baseAddress, 1, size, file)
        }
    }

    func write(_ bytes: [UInt8], to name: String) throws(Failure) {
        guard let file = fopen(path + "/" + name, "wx") else { throw failure("write", name) }
        defer { fclose(file) }
        guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
            throw failure("write", name)
        }
    }

    func size(of name: String) throws(Failure) -> Int {
        var status = stat()
        guard stat(path + "/" + name, &status) == 0 else { throw failure("measure", name) }
        return Int(status.st_size)
    }

    /// Where the programs are that were built together with the tests.
    static let programs: String = {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = max(0, readlink("/proc/self/exe", &path, path.count))
        return path.prefix(count).split(separator: UInt8(ascii: "/")).dropLast()
            .map { "/" + String(decoding: $0, as: UTF8.self) }.joined()
    }()

    /// Where tools run: few at a time, for they need the processors themselves.
    private static let queues = [
        DispatchQueue(label: "tools 1"), DispatchQueue(label: "tools 2"),
    ]
    private static let turn = Atomic(0)

    /// Runs a tool with nothing of our environment but the search path.
    func run(_ tool: ToolInvocation) async throws(Failure) {
        let turn = Self.turn.add(1, ordering: .relaxed).newValue
        let result: Result<Void, Failure> = await withCheckedContinuation { continuation in
            Self.queues[turn % Self.queues.count].async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try perform(tool)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        try result.get()
    }

    private func perform(_ tool: ToolInvocation) throws(Failure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addchdir_np(&actions, path)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let log = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 2, "log.txt", log, 0o644)
        switch tool.standardOutput {
        case .log: posix_spawn_file_actions_adddup2(&actions, 2, 1)
        case .file(let name): posix_spawn_file_actions_addopen(&actions, 1, name, log, 0o644)
        }
        var arguments =
            ([tool.program] + tool.arguments).map { (text: String) in strdup(text) } + [nil]
        var environment = ["PATH=/usr/bin:/bin"].map { (text: String) in strdup(text) } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid = pid_t()
        // posix_spawnp(3) would look in the path of the tests.
        let places = ["/usr/bin", "/bin", Self.programs].map { "\($0)/\(tool.program)" }
        let program = places.first { access($0, X_OK) == 0 } ?? tool.program
        guard posix_spawn(&pid, program, &actions, nil, &arguments, &environment) == 0 else {
            throw failure("start", tool.program)
        }
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        guard status == 0 else {
            let log = (try? read("log.txt", limit: 1 << 20)) ?? []
            throw failure("run", "\(tool.program): \(String(decoding: log, as: UTF8.self))")
        }
    }

    private func failure(_ operation: String, _ subject: String) -> Failure {
        Failure(
            .permanent, code: "trial", operation: operation, subject: subject, cause: "in \(path)")
    }
}

/// The steady clock, in seconds.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

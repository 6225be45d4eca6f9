import Core
import Daemon
import Glibc
import Spool

/// Something that a job made, or that tells of it.
enum Product: String, CaseIterable, Sendable {
    case video, captions, poster, metadata, receipt, session

    /// The options that name them.
    static let options: [Command.Option] = allCases.map { product in
        let what =
            switch product {
            case .video: "the video"
            case .captions: "its captions (SubRip)"
            case .poster: "its poster"
            case .metadata: "title, description, hashtags and how it was made"
            case .receipt: "what became of the job"
            case .session: "the directory with all it was made from"
            }
        return Command.Option("--\(product.rawValue)", what)
    }

    /// Its path, of a job that has it.
    func path(of job: JobSummary, in root: SpoolRoot) -> String? {
        func output(_ suffixes: String...) -> String? {
            job.outputs.last { path in suffixes.contains { path.hasSuffix($0) } }
        }
        return switch self {
        // Of what a configured pipeline makes, the last is what it is about.
        case .video:
            job.outputs.last(where: SessionRecord.PublishedFile.isVideo) ?? job.outputs.last
        case .captions: output(".srt") ?? output(".vtt")
        case .poster: output(".jpg", ".jpeg", ".png")
        case .metadata: output(".json")
        case .receipt:
            job.condition.hasEnded ? "\(root[job.state].path)/\(job.name).receipt" : nil
        case .session: job.directory
        }
    }
}

/// `reelctl path`, `cat` and `open`.
struct ProductCommand {
    private let context: Context

    init(_ context: Context) { self.context = context }

    /// Prints paths, and nothing else.
    func paths(_ call: Invocation) throws -> Int32 {
        let paths = try find(call, or: [.video])
        if context.wantsJSON {
            try writeJSON(["paths": paths])
        } else {
            // As it is: what reads it takes a line for a path.
            for path in paths { write(path + "\n") }
        }
        return Status.done
    }

    /// Prints what is in the files.
    func text(_ call: Invocation) throws -> Int32 {
        for path in try find(call, or: [.receipt]) {
            let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else {
                throw Failure(
                    errno == EACCES ? .permanent : .transient,
                    code: errno == EACCES ? "no_permission" : "not_found", operation: "read",
                    subject: path, cause: String(cString: strerror(errno)).lowercased())
            }
            defer { close(file) }
            copy(file)
        }
        return Status.done
    }

    /// Opens one with the program for such files.
    func open(_ call: Invocation) throws -> Int32 {
        let paths = try find(call, or: [.video])
        guard let path = paths.first, paths.count == 1 else {
            throw CommandLineArguments.Mistake("open takes one JOB.")
        }
        let chosen = getenv("REELD_OPENER").map { String(cString: $0) } ?? ""
        let program = chosen.isEmpty ? "xdg-open" : chosen
        var arguments = [strdup(program), strdup(path), nil]
        execvp(program, &arguments)
        let reason = String(cString: strerror(errno)).lowercased()
        throw Failure(
            .permanent, code: "not_found", operation: "run", subject: program, cause: reason,
            hint: "Name another program with $REELD_OPENER, or take the path: \(path)")
    }

    private func copy(_ file: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            write(bytes: buffer.prefix(count))
        }
    }

    /// The paths that are asked for, those of a job together. Throws if a job has not what is asked for.
    private func find(_ call: Invocation, or usual: [Product]) throws -> [String] {
        let targets = try Targets(context)
        let named = Product.allCases.filter { call.has("--\($0.rawValue)") }
        let products = named.isEmpty ? usual : named
        let jobs = try targets.summaries(call)
        return try jobs.flatMap { job in
            try products.map { product in
                guard let path = product.path(of: job, in: targets.root) else {
                    throw Failure(
                        .transient, code: "not_found", operation: "find",
                        subject: "the \(product.rawValue) of \(job.name)",
                        cause: job.condition.hasEnded
                            ? "the job is \(job.condition.rawValue) and has none"
                            : "the job is \(job.condition.rawValue) and has none yet",
                        hint: job.condition.hasEnded
                            ? "'reelctl show' says what became of it"
                            : "'reelctl wait' returns when it has")
                }
                return path
            }
        }
    }
}

import Core
import Daemon
import Glibc
import Linux
import Spool
import Systemd

/// Judges job specs before they are submitted, by the daemon's configuration as far as that can be read.
struct Judge {
    /// The configuration; nil if it is not to be had.
    let configuration: Configuration?
    /// Why some things were not checked; nil if all were.
    let remark: String?
    /// Whether that is because there is a configuration that cannot be read.
    let isKept: Bool
    private var check: SpecCheck

    /// Reads the configuration that `file` means. Where only a root was named, `isNamed` being false, the standard
    /// one counts if it is of that root.
    init(_ file: ConfigurationFile, root: String?, isNamed: Bool) {
        var (known, why): (Configuration?, String?) = (nil, nil)
        var isKept = false
        do throws(Failure) {
            if isNamed || root == nil {
                known = try file.read()
            } else if access(file.name, F_OK) == 0 {
                let standard = try ConfigurationFile(path: file.name, root: nil).read()
                if standard.root == root.map(SpoolRoot.absolute) { known = standard }
            }
            if known == nil { why = "the configuration of \(root ?? "the daemon") is not known" }
        } catch {
            why = error.message.droppingFullStop.lowercasedFirst
            isKept = true
        }
        self.isKept = isKept
        configuration = known
        remark = why.map {
            "Pipelines, presets and the directories of pictures and music were not checked: \($0). \(isKept ? "The daemon will." : "Name it by --config.")"
        }
        check = SpecCheck(known)
    }

    /// What is wrong with a spec, for certain or perhaps.
    mutating func problems(of node: JSONNode) async -> [SpecCheck.Problem] {
        await check.problems(of: node)
    }

    /// What a spec says of its job, as far as that is known.
    func header(of bytes: [UInt8]) -> JobHeader? { check.header(of: bytes) }

    /// The same of its bytes.
    mutating func problems(of bytes: [UInt8]) async -> [SpecCheck.Problem] {
        await check.problems(of: bytes)
    }
}

/// What was found of many job specs.
struct Verdicts: Encodable {
    struct File: Encodable {
        var file: String
        var problems: [SpecCheck.Problem]
    }

    /// How many were judged.
    private(set) var checked = 0
    /// How many are wrong.
    private(set) var wrong = 0
    /// Those of which something is to be said, as many as are shown.
    private(set) var files: [File] = []
    /// Whether all that is wrong is that files could not be read.
    private(set) var isOnlyUnread = true
    private var unshown = 0
    private let most: Int

    private enum CodingKeys: CodingKey { case checked, wrong, files }

    /// Shows so many.
    init(most: Int = .max) { self.most = most }

    /// Notes what was found of one.
    mutating func note(_ file: String, _ problems: [SpecCheck.Problem], isUnread: Bool = false) {
        checked += 1
        let isWrong = problems.contains { !$0.isDoubt }
        if isWrong {
            wrong += 1
            isOnlyUnread = isOnlyUnread && isUnread
        }
        guard !problems.isEmpty else { return }
        if files.count < most {
            files.append(File(file: file, problems: problems))
        } else if isWrong {
            unshown += 1
        }
    }

    /// A line a problem.
    var lines: [String] {
        let lines = files.flatMap { file in
            file.problems.map { problem in
                "\(file.file): \(problem.text)\(problem.isDoubt ? " The daemon may see it otherwise." : "")"
            }
        }
        return unshown > 0 ? lines + ["and \(unshown) more"] : lines
    }

    /// `4 of 300 are wrong`.
    var summary: String {
        switch wrong {
        case 0: "none of \(checked) is wrong"
        case 1: "1 of \(checked) is wrong"
        default: "\(wrong) of \(checked) are wrong"
        }
    }

    /// How a program ends that found this.
    var status: Int32 {
        wrong == 0 ? Status.done : isOnlyUnread ? EX_NOINPUT : EX_DATAERR
    }

    /// Says that nothing was submitted, and why.
    func refuse() -> Int32 {
        for line in lines { writeLine(line, to: STDERR_FILENO) }
        writeLine("nothing submitted: \(summary)", to: STDERR_FILENO)
        return status
    }
}

extension String {
    fileprivate var droppingFullStop: String { hasSuffix(".") ? String(dropLast()) : self }

    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}

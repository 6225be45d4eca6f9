import Core
import Daemon
import Glibc
import Linux
import Spool

/// Many job specs in one file, that are submitted under one name.
struct Batch {
    /// What all its jobs have as the label `batch`, and their files and ids in their names.
    let name: String
    private let file: BatchFile
    /// How many of what is wrong are shown.
    private static let mostShown = 20
    /// How many are submitted at a time.
    private static let group = 128
    /// The label that holds the name.
    private static let label = "batch"

    /// Opens a file; without a name it has that of the file and the moment.
    init(_ path: String, name: String?) throws {
        if let name { try Self.check(name) }
        file = try BatchFile(path)
        self.name = name ?? Self.name(of: path)
    }

    private static func check(_ name: String) throws(CommandLineArguments.Mistake) {
        let first = name.unicodeScalars.first
        guard (1...64).contains(name.utf8.count), first != ".", first != "-",
            !name.unicodeScalars.contains(where: { $0.isControl || $0 == "/" })
        else {
            throw CommandLineArguments.Mistake(
                "--name needs a name of at most 64 bytes without slashes, no full stop or dash first."
            )
        }
    }

    private static func name(of path: String) -> String {
        let base = path.split(separator: "/").last ?? ""
        let stem = base.lastIndex(of: ".").map { base[..<$0] } ?? base
        let slug = Slug.of(String(stem), atMost: 40)
        return
            "\(slug.isEmpty ? "batch" : slug)-\(CivilTime(secondsSince1970: Int(time(nil))).compact)"
    }

    /// Judges all of it.
    func judge(by judge: inout Judge) async throws -> Verdicts {
        var verdicts = Verdicts(most: Self.mostShown)
        var rows: [ExactText: Int] = [:]
        var checking = judge
        try await file.forEachRow { row in
            var problems: [SpecCheck.Problem]
            switch row.spec {
            case .failure(let error): problems = [.init(error)]
            case .success(let node):
                let (spec, fault) = complete(node, row.number)
                problems = await checking.problems(of: spec)
                if let fault { problems.append(.init(fault)) }
                if let id = Self.text("id", of: node) {
                    if let first = rows[ExactText(id.text)] {
                        problems.append(
                            .init(
                                id.field.error(
                                    "row \(first) has the same id", hint: "Give each its own")))
                    } else {
                        rows[ExactText(id.text)] = row.number
                    }
                }
            }
            verdicts.note(file.path, problems)
            return true
        }
        judge = checking
        return verdicts
    }

    /// Submits the rows, a group at a time. Of those that are there already, because it was interrupted before, it
    /// submits nothing. Returns how many there were of these.
    func submit(
        to submission: Submission, _ identity: JobIdentity?, count: Int,
        _ told: ([Submission.Submitted]) throws -> Void
    ) async throws -> Int {
        guard try file.isUnchanged() else { throw changed }
        try submission.removeDrafts(mark: name)
        let width = max(4, String(count).count)
        var known = 0
        var group: [Submission.Item] = []
        var ids: [FileName: String] = [:]
        func isTaken(_ id: String) -> Bool {
            (try? identity?.isTaken(id, of: getuid(), at: .now)) == true
        }
        func flush() throws {
            guard !group.isEmpty else { return }
            let submitted = try submission.submit(group, mark: name) { item in
                // Claimed since it was looked for.
                isTaken(ids[item.name] ?? "")
            }
            known += submitted.count { $0 == nil }
            (group, ids) = ([], [:])
            try told(submitted.compactMap(\.self))
        }
        try await file.forEachRow { row in
            // It was judged before.
            guard case .success(let node) = row.spec, row.number <= count else { throw changed }
            let spec = complete(node, row.number).spec
            let id = Self.text("id", of: spec)?.text ?? ""
            if isTaken(id) {
                known += 1
                return true
            }
            let digits = String(row.number)
            let number = String(repeating: "0", count: max(0, width - digits.count)) + digits
            let file = FileName("\(name)-\(number).json")
            ids[file] = id
            group.append(.init(spec.text, as: file))
            if group.count >= Self.group { try flush() }
            return true
        }
        try flush()
        return known
    }

    /// That a file has no rows.
    static func empty(_ path: String) -> Failure {
        Failure(
            .permanent, code: "invalid_spec", operation: "use", subject: path,
            cause: "there is no job spec in it")
    }

    private var changed: Failure {
        Failure(
            .permanent, code: "changed", operation: "submit", subject: file.path,
            cause: "it has changed since it was checked", hint: "Submit it again as --name \(name)")
    }

    /// A row with what makes it one of this batch: the label, and an id unless it has one.
    private func complete(_ node: JSONNode, _ number: Int) -> (spec: JSONNode, fault: JSONError?) {
        guard case .object(var members) = node.value else { return (node, nil) }
        func member(_ key: String, _ value: JSONValue) -> JSONMember {
            JSONMember(key: key, at: node.position, node: JSONNode(value, at: node.position))
        }
        var fault: JSONError?
        if !members.contains(where: { $0.key == "id" }) {
            members.append(member("id", .string("\(name)/\(number)")))
        }
        let label = member(Self.label, .string(name))
        if let index = members.firstIndex(where: { $0.key == "labels" }) {
            let labels = members[index]
            if case .object(let entries) = labels.node.value {
                if let own = entries.first(where: { $0.key == Self.label }) {
                    fault = JSONError(
                        path: .root.appending("labels").appending(Self.label),
                        position: own.keyPosition,
                        reason: "the label 'batch' is for the batch's own name",
                        hint: "Give it another key, or the batch a name by --name")
                } else {
                    members[index] = JSONMember(
                        key: labels.key, at: labels.keyPosition,
                        node: JSONNode(.object(entries + [label]), at: labels.node.position))
                }
            }
        } else {
            members.append(member("labels", .object([label])))
        }
        return (JSONNode(.object(members), at: node.position), fault)
    }

    private static func text(
        _ key: String, of node: JSONNode
    ) -> (text: String, field: JSONField)? {
        guard case .object(let members) = node.value,
            let member = members.first(where: { $0.key == key }),
            case .string(let text) = member.node.value
        else { return nil }
        return (text, JSONField(member.node, path: .root.appending(key)))
    }
}

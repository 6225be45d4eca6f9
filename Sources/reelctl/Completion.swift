import Core
import Daemon
import Pipeline
import Spool
import Systemd

/// What makes a shell complete words: a script for each that asks `reelctl complete`, which knows.
enum Completion {
    enum Shell: String, CaseIterable { case bash, zsh, fish }

    static func script(_ operands: [String]) throws(CommandLineArguments.Mistake) -> String {
        guard operands.count == 1, let shell = Shell(rawValue: operands[0]) else {
            throw CommandLineArguments.Mistake("completion needs bash, zsh or fish.")
        }
        return switch shell {
        case .bash:
            """
            # Completion of reelctl for bash; see reelctl(1).
            _reelctl() {
                local word="${COMP_WORDS[COMP_CWORD]}" line
                COMPREPLY=()
                while IFS= read -r line; do
                    COMPREPLY+=("$(printf '%q' "${line%%$'\\t'*}")")
                done < <(reelctl complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            }
            complete -o default -F _reelctl reelctl

            """
        case .zsh:
            """
            #compdef reelctl
            # Completion of reelctl for zsh; see reelctl(1).
            _reelctl() {
                local -a lines words_ texts
                local line
                lines=("${(@f)$(reelctl complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
                for line in $lines; do
                    [[ -n $line ]] || continue
                    words_+=("${line%%$'\\t'*}")
                    texts+=("${line//$'\\t'/  -- }")
                done
                if (( $#words_ )); then compadd -l -d texts -a words_; else _files; fi
            }
            # Loaded by its name, it is called for the first time; read, it says what it is for.
            if [[ ${funcstack[1]-} == _reelctl ]]; then _reelctl "$@"; else compdef _reelctl reelctl; fi

            """
        case .fish:
            """
            # Completion of reelctl for fish; see reelctl(1).
            function __reelctl_complete
                set -l words (commandline -opc) (commandline -ct)
                reelctl complete -- $words[2..] 2>/dev/null
            end
            complete -c reelctl -a '(__reelctl_complete)'

            """
        }
    }

    /// What the last of the words behind `reelctl` may become: a line each, with what it is behind a tab.
    /// Nothing where a file is meant.
    static func candidates(_ words: [String], root: SpoolRoot?) -> String {
        let word = words.last ?? ""
        return all(words, root).filter { $0.word.hasPrefix(word) && $0.word.isOneLine }
            .map { $0.text.isEmpty ? "\($0.word)\n" : "\($0.word)\t\($0.text.withoutControls)\n" }
            .joined()
    }

    private typealias Candidate = (word: String, text: String)

    private static func all(_ words: [String], _ root: SpoolRoot?) -> [Candidate] {
        let before = words.dropLast()
        let name = command(in: before)
        let command = name.flatMap { try? Command.named($0) }
        let options = command?.allOptions ?? Command.common
        // The value of an option.
        if let last = before.last, let option = options.first(where: { $0.names.contains(last) }),
            option.value != nil
        {
            return values(of: option, root)
        }
        if words.last?.hasPrefix("-") == true {
            return options.map { ($0.name, $0.summary) }
        }
        guard let command else { return name == nil ? commands : [] }
        return switch command.operand {
        case .none, .files: []
        case .words(let words): words.map { ($0, "") }
        case .commands: commands
        case .jobs: jobs(root)
        case .states: JobCondition.allCases.map { ($0.word, "") } + jobs(root)
        case .providers:
            // Behind the provider stands what to do.
            before.drop { $0 != command.name }.count > 1
                ? BreakerRequest.Verb.allCases.map { ($0.rawValue, "") } : providers(root)
        }
    }

    private static var commands: [Candidate] {
        Command.all.flatMap(\.commands).filter { $0.name != Command.complete.name }
            .map { ($0.name, $0.summary) }
    }

    /// The command that the words have: the first that is no option, nor the value of one.
    private static func command(in words: ArraySlice<String>) -> String? {
        var isValue = false
        for word in words {
            if isValue {
                isValue = false
            } else if word.hasPrefix("-") {
                isValue = Command.common.contains { $0.names.contains(word) && $0.value != nil }
            } else {
                return word
            }
        }
        return nil
    }

    private static func values(of option: Command.Option, _ root: SpoolRoot?) -> [Candidate] {
        option.words.map { ($0, "") }
    }

    /// How many jobs are offered: those that have not ended, and the last that have.
    private static let mostJobs = 200

    private static func jobs(_ root: SpoolRoot?) -> [Candidate] {
        guard let root,
            let ends = try? RecentEnds(
                in: root, Set(SpoolDirectory.jobStates), most: mostJobs, since: .now),
            var jobs = try? JobSummary.all(
                in: root, Set(SpoolDirectory.jobStates), ends: { ends }, mostWaiting: mostJobs)
        else { return [] }
        for index in jobs.indices.prefix(mostJobs) { jobs[index].readSpec(in: root) }
        return jobs.prefix(mostJobs).flatMap { job -> [Candidate] in
            let text = "\(job.title) (\(job.condition.rawValue))"
            return (job.handle.map { [("\($0)", text)] } ?? []) + [(job.name, text)]
        }
    }

    private static func providers(_ root: SpoolRoot?) -> [Candidate] {
        let record = root.flatMap { try? ProviderRecord.read(in: $0) } ?? nil
        return (record?.providers.keys.sorted() ?? []).map { ($0, "") }
    }
}

extension String {
    /// Whether a shell gets it whole as a line.
    fileprivate var isOneLine: Bool {
        !unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }
}

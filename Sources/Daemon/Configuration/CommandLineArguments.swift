/// Takes a command line apart: options with and without values, `--name=value`, `--`, operands.
public struct CommandLineArguments: Sendable {
    /// What is wrong with a command line, for the user.
    public struct Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        /// The sentence to print.
        public let description: String

        /// Makes a mistake.
        public init(_ description: String) { self.description = description }
    }

    /// The values of the options, by name with dashes; empty for those without a value.
    public private(set) var options: [String: String] = [:]
    private var allValues: [String: [String]] = [:]
    /// What is no option.
    public private(set) var operands: [String] = []

    /// All values of an option that may be given several times.
    public func values(of name: String) -> [String] { allValues[name] ?? [] }

    /// Reads `arguments`; `valued` options take a value, `plain` ones do not.
    public init(
        _ arguments: [String], valued: Set<String>, plain: Set<String>
    ) throws(Mistake) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                operands += rest
                return
            }
            guard argument.hasPrefix("-"), argument != "-" else {
                operands.append(argument)
                continue
            }
            let parts = argument.split(
                separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            if valued.contains(name) {
                // An empty value is most likely a shell variable that is not set.
                guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst(),
                    !value.isEmpty
                else {
                    throw Mistake("\(name) needs a value.")
                }
                options[name] = value
                allValues[name, default: []].append(value)
            } else if plain.contains(name), parts.count == 1 {
                options[name] = ""
            } else {
                throw Mistake("Unknown option \(argument).")
            }
        }
    }
}

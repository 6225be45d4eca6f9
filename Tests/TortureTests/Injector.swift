import TestSupport

/// The program beside the tests that makes faults happen.
enum Injector {
    /// Whether it can trace anything here.
    static func isPossible() async -> Bool {
        let directory = TemporaryDirectory()
        do {
            try await Process.run(
                Process.built("injector"), "--root", directory.path, "--record",
                "\(directory.path)/record", "--", "/bin/true", log: "\(directory.path)/log")
            return true
        } catch {
            return false
        }
    }
}

import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// What tools get of the service's surroundings: variables and credentials.
@Suite struct SurroundingsTests {
    private static let secret = "s3cret-of-the-token"

    /// The daemon's variables, of which credentials and a place for them are two.
    private func surroundings(of house: House, _ more: String...) throws -> [String] {
        for place in ["given", "run"] where mkdir("\(house.path)/\(place)", 0o700) != 0 {
            throw Surprise("\(place) cannot be made.")
        }
        try writeFile("\(house.path)/given/token", Self.secret.utf8, mode: 0o400)
        try writeFile("\(house.path)/given/unused", "unused".utf8, mode: 0o400)
        return ["/usr/bin/env", "CREDENTIALS_DIRECTORY=\(house.path)/given"]
            + ["RUNTIME_DIRECTORY=\(house.path)/run"] + more
    }

    /// What is in a house, but for what the test itself has put there, with the secret in it.
    private func filesWithTheSecret(in house: House) throws -> [String] {
        let secret = Array(Self.secret.utf8)
        let names = FileManager.default.enumerated(house.path)
        return try names.filter { name in
            guard !name.hasPrefix("given/") else { return false }
            return try readFile("\(house.path)/\(name)").contains(secret)
        }
    }

    @Test func variablesAreSetForTools() async throws {
        var settings = HouseSettings()
        settings.tools += ", environment: { PROXY: null, ABSENT: null, MODE: 'a b' }"
        settings.pipelines["show"] = [
            .shell("show", "echo \"$PROXY,$MODE,${ABSENT-none},${OTHER-none}\" >$OUT/it")
        ]
        let house = try House(settings)
        let daemon = try await house.start(
            prefix: ["/usr/bin/env", "PROXY=http://proxy:1", "OTHER=1", "MODE=own"])
        try house.drop("job.json", House.spec("show"))
        var receipt = try await house.ended("job.json")
        #expect(
            try house.published(receipt.outputs[0]) == Array("http://proxy:1,a b,none,none\n".utf8))
        // A reload can take them away.
        settings.tools = "grace: 0.3"
        try house.configure(settings)
        daemon.send(SIGHUP)
        try await house.eventually("it reloads") { daemon.said("Reloaded the configuration.") }
        try house.drop("next.json", House.spec("show"))
        receipt = try await house.ended("next.json")
        #expect(try house.published(receipt.outputs[0]) == Array(",,none,none\n".utf8))
    }

    @Test func aStepFindsTheCredentialsItNamesAndLeavesNoTrace() async throws {
        var settings = HouseSettings()
        var use = HouseSettings.Step.shell(
            "use",
            """
            ls "$CREDENTIALS_DIRECTORY" >$OUT/names
            stat -c %a "$CREDENTIALS_DIRECTORY" "$CREDENTIALS_DIRECTORY"/* >$OUT/modes
            wc -c <"$CREDENTIALS_DIRECTORY/token" >$OUT/size
            echo "$CREDENTIALS_DIRECTORY" >$OUT/place
            """)
        use.more = "credentials: ['token']"
        let other = HouseSettings.Step.shell(
            "other", "echo ${CREDENTIALS_DIRECTORY-none} >$OUT/others")
        settings.pipelines["use"] = [use, other]
        let house = try House(settings)
        let daemon = try await house.start(prefix: try surroundings(of: house))
        try house.drop("job.json", House.spec("use"))
        let receipt = try await house.ended("job.json")
        func text(_ name: String) throws -> String {
            let output = try #require(receipt.outputs.first { $0.path.hasSuffix("/\(name)") })
            return String(decoding: try house.published(output), as: UTF8.self)
        }
        #expect(try text("names") == "token\n")
        #expect(try text("modes") == "700\n400\n")
        #expect(try text("size") == "\(Self.secret.utf8.count)\n")
        #expect(try text("place").hasPrefix("\(house.path)/run/"))
        #expect(try text("others") == "none\n")
        #expect(try filesWithTheSecret(in: house) == [])
        daemon.send(SIGTERM)
        #expect(try await daemon.exit() == .exited(0))
        #expect(names(in: "\(house.path)/run") == [])
    }

    @Test func whatAKilledDaemonHandedOutIsRemovedAtTheNextStart() async throws {
        var settings = HouseSettings()
        var hold = Gate.step("hold")
        hold.more = "credentials: ['token']"
        settings.pipelines["hold"] = [hold]
        let house = try House(settings)
        let gate = try Gate("hold", in: house)
        let prefix = try surroundings(of: house)
        let daemon = try await house.start(prefix: prefix)
        try house.drop("job.json", House.spec("hold"))
        try await gate.reached()
        #expect(try filesWithTheSecret(in: house).count == 1)
        daemon.send(SIGKILL)
        #expect(try await daemon.exit() == .signalled(SIGKILL))
        settings.pipelines["hold"] = [.shell("hold", "true")]
        try house.configure(settings)
        _ = try await house.start(prefix: prefix)
        try await house.ended("job.json")
        #expect(try filesWithTheSecret(in: house) == [])
    }

    @Test func aJobWaitsForACredentialThatIsMissing() async throws {
        var settings = HouseSettings()
        var use = HouseSettings.Step.copy
        use.more = "credentials: ['absent']"
        settings.pipelines["use"] = [use]
        let house = try House(settings)
        let daemon = try await house.start(prefix: try surroundings(of: house))
        try house.drop("job.json", House.spec("use"))
        try await house.eventually("it waits") { house.names(in: "deferred").count == 1 }
        #expect(
            daemon.said("Could not find the credential absent", "LoadCredential=absent:"))
    }
}

extension FileManager {
    /// The paths of the regular files beneath a directory.
    fileprivate func enumerated(_ path: String) -> [String] {
        let names = (try? subpathsOfDirectory(atPath: path)) ?? []
        return names.filter { name in
            var status = stat()
            return lstat("\(path)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }
}

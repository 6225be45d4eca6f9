import Testing

/// The installed service under a real systemd; each test boots a machine of its own.
@Suite(
    .enabled(
        """
        No machine can be booted here, see Tests/SystemTests/boot: it takes root, namespaces, and \
        the packages systemd, systemd-container, dbus and libnss-systemd.
        """
    ) { try await Machine.run("true").status == 0 }
)
struct ServiceTests {
    @Test(arguments: ["installation", "scenario", "confinement", "tour"])
    func holdsInABootedMachine(_ script: String) async throws {
        let outcome = try await Machine.run(
            "bash", "Tests/SystemTests/\(script).sh", Machine.programs)
        #expect(outcome.status == 0, "\(script).sh said:\n\(outcome.output)")
    }
}

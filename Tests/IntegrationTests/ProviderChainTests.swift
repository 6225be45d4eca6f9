import Spool
import Testing

/// Who makes videos, as job and configuration say, through the daemon.
@Suite struct ProviderChainTests {
    /// What nobody can make is refused at the door, and nothing is made of it.
    @Test(arguments: [
        (#""language": "xx""#, "language 'xx'"),
        (#""providers": {"narration": ["flite"]}, "language": "de""#, "none of flite has a voice"),
        (#""providers": {"narration": ["nobody"]}"#, "$.providers.narration[0]"),
    ])
    func whatNobodyCanMakeIsRejected(_ fields: String, _ words: String) async throws {
        let house = try House()
        _ = try await house.start()
        try house.drop("job.json", #"{"topic": "Bees", \#(fields)}"#)
        try await house.eventually("it is rejected") { house.jobs(in: "rejected") == ["job.json"] }
        let shown = try await house.runReelctl(["show", "job.json"])
        #expect(shown.text.contains(words), "\(shown.text)")
        #expect(house.names(in: "outputs") == [])
        house.expectNothingInFlight()
    }
}

import Glibc
import Testing

/// Steps that leave in their output what is not to be published.
@Suite struct HostileOutputTests {
    @Test(
        arguments: [
            ("ln -s $HOUSE/secret $OUT/video.mp4", "not_a_file"),
            ("ln -s /etc/passwd $OUT/video.mp4", "not_a_file"),
            ("ln $HOUSE/secret $OUT/video.mp4", "not_a_file"),
            ("mkdir $OUT/video.mp4", "not_a_file"),
            ("mkfifo $OUT/video.mp4", "not_a_file"),
            ("cp $JOB \"$OUT/video\n.mp4\"", "bad_output"),
            ("cp $JOB \"$OUT/-video.mp4\"", "bad_output"),
            ("cp $JOB \"$OUT/$(printf 'caf\\351.mp4')\"", "bad_output"),
            (
                "rmdir $SESSION/final_output; ln -s $HOUSE/elsewhere $SESSION/final_output; cp $JOB $OUT",
                nil
            ),
            ("mv $SESSION/.work $HOUSE/away; ln -s $HOUSE/away $SESSION/.work; cp $JOB $HOUSE/away/make", nil),
            ("cp $JOB $SESSION/final_output/job.json; echo other > $OUT/job.json", "output_exists"),
        ] as [(String, String?)])
    func isNotPublished(_ script: String, _ code: String?) async throws {
        var settings = HouseSettings()
        settings.pipelines["hostile"] = [.shell("make", script)]
        let house = try House(settings)
        try writeFile("\(house.path)/secret", "secret".utf8)
        #expect(mkdir("\(house.path)/elsewhere", 0o755) == 0)
        let daemon = try await house.start()
        try house.drop("job.json", House.spec("hostile"))
        let receipt = try await house.ended("job.json", in: "failed")
        let error = try #require(receipt.error)
        if let code { #expect(error.code == code, "\(error.message)") }
        #expect(error.code != "internal" && error.code != "system_error", "\(error)")
        #expect(error.message.hasPrefix("Could not "))
        #expect(receipt.outputs.isEmpty)
        let session = try #require(receipt.session)
        let published = "\(house.root)/outputs/\(session)/final_output"
        #expect(names(in: published).filter { $0 != "job.json" } == [])
        #expect(names(in: "\(house.path)/elsewhere") == [])
        #expect(try readFile("\(house.path)/secret") == Array("secret".utf8))
        house.expectNothingInFlight()

        try house.drop("good.json")
        try await house.ended("good.json")
        #expect(daemon.count(of: "Claimed job.json") == 1)
    }
}

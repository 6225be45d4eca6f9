import Glibc
import Testing

/// Pictures that jobs bring along: shown if they can be, and otherwise an error that says which.
@Suite struct PictureTests {
    /// A house whose jobs may name what is in `pictures`, and that has some there.
    private func makeHouse() throws -> House {
        var settings = HouseSettings()
        let house = try House(settings)
        let directory = "\(house.path)/pictures"
        mkdir(directory, 0o755)
        settings.video = "image_directories: [\"\(directory)\"], encoder: \"fast\""
        try house.configure(settings)
        for (source, name) in [
            ("testsrc2=s=640x360", "wide.jpg"), ("color=white:s=200x500", "white.png"),
            ("testsrc2=s=300x300", "square.webp"),
        ] {
            try run(
                "ffmpeg -v error -nostdin -f lavfi -i \(source) -frames:v 1 '\(directory)/\(name)'")
        }
        try run(
            "cd '\(directory)' && head -c 3000 wide.jpg > cut.jpg && head -c 300 white.png > cut.png"
        )
        // A header that claims nine thousand million pixels.
        let bomb: [UInt8] =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8)
            + [0, 1, 0x73, 0x18, 0, 1, 0x73, 0x18, 8, 2, 0, 0, 0, 0, 0, 0, 0]
        try writeFile("\(directory)/bomb.png", bomb)
        try writeFile("\(directory)/text.png", "ffconcat version 1.0\nfile /etc/passwd\n".utf8)
        try house.makeInbox()
        return house
    }

    private func run(_ command: String) throws {
        let pipe = try #require(popen(command, "r"))
        #expect(pclose(pipe) == 0, "\(command)")
    }

    @Test func areShown() async throws {
        let house = try makeHouse()
        let directory = "\(house.path)/pictures"
        try house.drop(
            "all.json",
            """
            {"topic": "Pictures", "duration": 5, "resolution": "480x360", "transition": "slide",
             "fit": "contain", "images": ["\(directory)/wide.jpg", "\(directory)/square.webp"],
             "script": [{"narration": "One.", "image": "\(directory)/white.png"}, "Two.", "Three."]}
            """)
        _ = try await house.start()
        let receipt = try await house.ended("all.json")
        #expect(receipt.state == "done", "\(String(describing: receipt.error))")
        let session = try #require(receipt.session)
        #expect(
            names(in: "\(house.root)/outputs/\(session)/images").contains("scene_03.jpg"))
    }

    @Test func areNamedIfTheyCannotBe() async throws {
        let house = try makeHouse()
        let bad = ["cut.jpg", "cut.png", "bomb.png", "text.png", "missing.png"]
        for name in bad {
            try house.drop(
                "\(name).json",
                """
                {"topic": "Pictures", "duration": 5, "script": [{"narration": "One."},
                 {"narration": "Two.", "image": "\(house.path)/pictures/\(name)"}]}
                """)
        }
        try house.drop("outside.json", #"{"topic": "T", "images": ["/etc/passwd"]}"#)
        _ = try await house.start()
        for name in bad {
            let receipt = try await house.ended("\(name).json", in: "failed")
            #expect(receipt.state == "failed" && receipt.error?.code == "bad_image", "\(name)")
            #expect(receipt.error?.message.contains("$.script[1].image") == true, "\(name)")
            #expect(receipt.attempts.values.allSatisfy { $0 <= 1 }, "nobody tries that again")
        }
        let outside = try await house.ended("outside.json", in: "rejected")
        #expect(outside.state == "rejected" && outside.error?.code == "path_not_allowed")
        #expect(outside.error?.message.contains("$.images[0]") == true)
    }
}

import Glibc
import Testing

/// The hooks in `examples/hooks/`, called by the daemon.
@Suite struct ExampleHookTests {
    private static let examples: String = {
        let parts = #filePath.split(separator: "/").dropLast(3)
        return "/" + parts.joined(separator: "/") + "/examples/hooks"
    }()

    private static func hook(_ name: String, _ words: String...) -> HouseSettings.Step {
        HouseSettings.Step(name: name, command: ["\(examples)/\(name)"] + words)
    }

    /// A server of one's own, which says by a file where it listens, and leaves what it was told in another.
    private func serve(_ script: String, in house: House) async throws -> (RunningDaemon, port: Int)
    {
        let server = try RunningDaemon(
            ["/usr/bin/python3", "-c", script, house.path], log: "\(house.path)/server.log",
            output: "\(house.path)/server.out")
        var port = 0
        try await eventually("the server listens", log: { server.lines }) {
            let text = (try? readFile("\(house.path)/port")) ?? []
            port = Int(String(decoding: text, as: UTF8.self)) ?? 0
            return port > 0
        }
        return (server, port)
    }

    private static let announce =
        "import os, sys\ndef announce(port):\n open(sys.argv[1]+'/port.new','w').write(str(port)); os.rename(sys.argv[1]+'/port.new', sys.argv[1]+'/port')\n"

    private func received(_ house: House) -> String {
        String(decoding: (try? readFile("\(house.path)/received")) ?? [], as: UTF8.self)
    }

    @Test func aDeliveryIsNamedByTheSpecAndStaysInItsDirectory() async throws {
        var settings = HouseSettings()
        settings.pipelines["clip"] = [.shell("clip", "cp $JOB $OUT/clip.mp4")]
        let house = try House(settings)
        let target = "\(house.path)/videos"
        settings.hooks["done"] = [Self.hook("deliver", target, "{video}", "{receipt}")]
        try house.configure(settings)
        mkdir(target, 0o755)
        _ = try await house.start()
        let specs: [(String, id: String?, series: String?, place: String?)] = [
            ("plain.json", nil, nil, "plain.mp4"),
            ("one.json", "bees-01", "Bienen & Käse", "Bienen & Käse/bees-01.mp4"),
            ("evil.json", "../../etc/passwd", "../x/../y", "x-..-y/etc-passwd.mp4"),
            ("dots.json", "...", "..", nil),
            (
                "long.json", String(repeating: "ü", count: 120), nil,
                String(repeating: "ü", count: 100) + ".mp4"
            ),
            ("flag.json", "-rf $(touch x) `id` ' \"", nil, "rf $(touch x) `id` ' \".mp4"),
        ]
        for (name, id, series, place) in specs {
            let fields = [
                id.map { "\"id\": \($0.quoted)" },
                series.map { "\"labels\": {\"series\": \($0.quoted)}" },
            ].compactMap(\.self)
            try house.drop(name, House.spec("clip", fields.joined(separator: ", ")))
            let receipt = try await house.ended(name)
            #expect(receipt.hooks == ["deliver": "done"], "\(name): \(receipt.degradations)")
            let wanted = place ?? "\(receipt.session ?? "").mp4"
            #expect(
                try readFile("\(target)/\(wanted)") == house.published(receipt.outputs[0]),
                "\(name)")
        }
        // Nothing else was made, and nothing elsewhere.
        #expect(names(in: target).filter { $0.hasPrefix(".") } == [])
        #expect(names(in: house.path).contains("x") == false)
        // Nobody's takes the place of another's, and a directory of the name keeps nobody out.
        for (name, fields, place) in [
            ("plain.json", "\"tone\": \"other\"", "plain"),
            ("in.json", "\"labels\": {\"series\": \"blocked.mp4\"}", "blocked.mp4/in"),
            ("blocked.json", "\"tone\": \"x\"", "blocked"),
        ] {
            try house.drop(name, House.spec("clip", fields))
            let stem = name.dropLast(5)
            try await house.eventually("it is delivered") {
                house.jobs(in: "done").contains(name == "plain.json" ? "plain~2.json" : name)
            }
            let receipt = try house.receipt(
                of: name == "plain.json" ? "plain~2.json" : name, in: "done")
            #expect(receipt.hooks == ["deliver": "done"], "\(receipt.degradations)")
            let handle = receipt.session?.suffix(4) ?? ""
            let wanted = name == "in.json" ? "\(place).mp4" : "\(place)-\(handle).mp4"
            #expect(
                try readFile("\(target)/\(wanted)") == house.published(receipt.outputs[0]),
                "\(stem)")
        }
        let first = try house.receipt(of: "plain.json", in: "done")
        #expect(try readFile("\(target)/plain.mp4") == house.published(first.outputs[0]))
    }

    @Test func aMirrorHasWhatWasPublished() async throws {
        var settings = HouseSettings()
        let house = try House(settings)
        let target = "\(house.path)/mirror"
        settings.hooks["done"] = [Self.hook("mirror", "{session}", target)]
        try house.configure(settings)
        mkdir(target, 0o755)
        _ = try await house.start()
        try house.drop("job.json")
        let receipt = try await house.ended("job.json")
        #expect(receipt.hooks == ["mirror": "done"], "\(receipt.degradations)")
        let copy = "\(target)/\(receipt.session ?? "")/job.json"
        #expect(try readFile(copy) == house.published(receipt.outputs[0]))
    }

    /// A service that is busy is left alone for as long as it asks, and told again.
    @Test func aWebServiceIsToldTheReceipt() async throws {
        var settings = HouseSettings()
        settings.jobs += ", retry_delay: 0.5"
        let house = try House(settings)
        let (server, port) = try await serve(
            Self.announce + """
                import http.server
                count = 0
                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_POST(self):
                        global count
                        count += 1
                        body = self.rfile.read(int(self.headers['Content-Length']))
                        with open(sys.argv[1] + '/received', 'ab') as f:
                            f.write(('KEY ' + self.headers['Idempotency-Key'] + '\\n').encode() + body)
                        status = [503, 200, 404][min(count, 3) - 1]
                        self.send_response(status)
                        if status == 503: self.send_header('Retry-After', '1')
                        self.end_headers()
                        self.wfile.write(b'no such hook')
                    def log_message(self, *a): pass
                server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
                announce(server.server_port)
                server.serve_forever()
                """, in: house)
        defer { server.end() }
        settings.hooks["done"] = [
            Self.hook("webhook", "http://127.0.0.1:\(port)/hook", "{receipt}")
        ]
        try house.configure(settings)
        _ = try await house.start()
        try house.drop("job.json")
        let receipt = try await house.ended("job.json")
        #expect(receipt.hooks == ["webhook": "done"], "\(receipt.degradations)")
        let text = received(house)
        #expect(text.count(of: "\"job\" : \"job.json\"") == 2)
        let keys = text.split(separator: "\n").filter { $0.hasPrefix("KEY ") }
        #expect(keys.count == 2 && Set(keys).count == 1)
        #expect(keys[0].contains(receipt.session ?? "?"))
        // What it will never take is not sent again.
        try house.drop("other.json")
        let other = try await house.ended("other.json")
        #expect(other.hooks == ["webhook": "tool_failed"])
        #expect(other.degradations.first?.contains("answered 404: no such hook") == true)
    }

    @Test func aMailSaysWhatFailed() async throws {
        var settings = HouseSettings()
        settings.pipelines["fail"] = [.shell("stop", "exit 3")]
        let house = try House(settings)
        let (server, port) = try await serve(
            Self.announce + """
                import socket
                listener = socket.create_server(('127.0.0.1', 0))
                announce(listener.getsockname()[1])
                while True:
                    peer, _ = listener.accept()
                    lines = peer.makefile('rwb', buffering=0)
                    lines.write(b'220 here\\r\\n')
                    inside = False
                    for line in iter(lines.readline, b''):
                        with open(sys.argv[1] + '/received', 'ab') as f: f.write(line)
                        if inside:
                            if line != b'.\\r\\n': continue
                            inside = False
                        word = line[:4].upper()
                        inside = word == b'DATA'
                        lines.write(b'354 go on\\r\\n' if inside else b'250 well\\r\\n')
                        if word == b'QUIT': break
                    peer.close()
                """, in: house)
        defer { server.end() }
        settings.hooks["failed"] = [
            Self.hook("mail", "ops@example.org", "{receipt}", "smtp://127.0.0.1:\(port)")
        ]
        try house.configure(settings)
        _ = try await house.start()
        try house.drop("Käse.json", House.spec("fail"))
        let receipt = try await house.ended("Käse.json", in: "failed")
        #expect(receipt.hooks == ["mail": "done"], "\(receipt.degradations)")
        let text = received(house)
        #expect(text.contains("RCPT TO:<ops@example.org>"))
        #expect(text.contains("Subject: =?UTF-8?B?ZmFpbGVkOiBLw6RzZS5qc29u?="))
        // "failed: Käse.json" in base64.
        #expect(text.contains("\r\n\r\nZmFpbGVkOiBLw6RzZS5qc29u"))
        // A server that is away is waited for.
        server.end()
        try house.drop("b.json", House.spec("fail"))
        try await house.eventually("the job waits") { house.names(in: "deferred").count == 1 }
    }
}

extension String {
    fileprivate func count(of text: String) -> Int {
        var (count, rest) = (0, self[...])
        while let range = rest.firstRange(of: text) {
            count += 1
            rest = rest[range.upperBound...]
        }
        return count
    }
}

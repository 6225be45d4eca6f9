import Glibc
import Linux
import TestSupport
import Testing

@testable import Pipeline

@Suite struct FailureReportTests {
    private let sandbox: SpoolSandbox

    init() throws { sandbox = try SpoolSandbox() }

    private func report(_ text: String?) throws -> FailureReport {
        if let text { try sandbox.write(text, to: "state/.result.json") }
        return FailureReport(in: sandbox.root[.state])
    }

    @Test func saysWhatStandsThere() throws {
        #expect(try report(nil) == FailureReport())
        let both = try report(#"{"retry_after": 2.5, "http_status": 429}"#)
        #expect(both.retryAfter == 2.5 && both.httpStatus == 429 && both.problem == nil)
        #expect(try report("{}") == FailureReport())
    }

    @Test(arguments: [
        "", "30", "{", #"{"retry_after": "soon"}"#, #"{"retry_after": -1}"#,
        #"{"http_status": 42}"#, #"{"retry_after": 1, "then": 2}"#,
        "{\"retry_after\": 1, \"x\": \"\(String(repeating: "x", count: 70_000))\"}",
    ])
    func whatIsNotToBeUnderstoodSaysNothingElse(_ text: String) throws {
        let report = try report(text)
        #expect(report.retryAfter == nil && report.httpStatus == nil)
        #expect(report.problem?.hasPrefix("its .result.json ") == true)
    }

    @Test func aLinkIsNotFollowed() throws {
        try sandbox.write(#"{"retry_after": 9}"#, to: "state/other")
        #expect(symlink("other", "\(sandbox.path)/state/.result.json") == 0)
        let report = FailureReport(in: sandbox.root[.state])
        #expect(report.retryAfter == nil && report.problem != nil)
    }
}

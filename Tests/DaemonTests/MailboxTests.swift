import Glibc
import Testing

@testable import Daemon

@Suite struct MailboxTests {
    @Test func whatOthersCanMultiplyIsSaidOnce() async {
        let mailbox = Mailbox()
        for _ in 0..<1000 {
            mailbox.raise(.hints)
            mailbox.raise(.figuresChanged)
            mailbox.signal(SIGHUP)
        }
        mailbox.signal(SIGTERM)
        let mail = await mailbox.next()
        #expect(mail.flags == [.hints, .figuresChanged])
        #expect(mail.signals == [SIGHUP, SIGHUP, SIGTERM])
    }

    @Test func reportsComeOneByOneInTheirOrder() async {
        let mailbox = Mailbox()
        for number in 1...3 { mailbox.report(.jobEnded(number, .gone)) }
        let numbers = await mailbox.next().reports.map { report in
            if case .jobEnded(let number, _) = report { number } else { 0 }
        }
        #expect(numbers == [1, 2, 3])
    }

    @Test func whoWaitsIsWoken() async {
        let mailbox = Mailbox()
        let reader = Task { await mailbox.next().flags }
        mailbox.raise(.alarm)
        #expect(await reader.value == [.alarm])
        let again = Task { await mailbox.next().flags }
        mailbox.raise(.goOn)
        #expect(await again.value == [.goOn])
    }
}

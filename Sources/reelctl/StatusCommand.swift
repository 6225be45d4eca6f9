import Core
import Daemon
import Glibc
import Spool

/// `reelctl status` and `top`: all that matters now on one screen, once or again and again.
struct StatusCommand {
    private let context: Context
    private let configuration: Configuration

    /// Where the configuration cannot be read, breakers are shown by the usual policies.
    init(_ context: Context, _ configuration: Configuration?) {
        self.context = context
        self.configuration = configuration ?? Configuration()
    }

    func once() throws {
        let overview = try Overview(try context.open(), configuration)
        if context.wantsJSON {
            try writeJSON(overview)
        } else {
            write(overview.text(columns: Terminal.columns))
        }
    }

    /// How often it is drawn.
    private static let interval: Int32 = 1000

    /// Draws it anew until `q` is pressed.
    func top() throws {
        guard Terminal.columns != nil, isatty(STDIN_FILENO) == 1 else {
            throw CommandLineArguments.Mistake("top needs a terminal; status prints the same once.")
        }
        let root = try context.open()
        let screen = Screen()
        defer { screen.restore() }
        while true {
            let size = Terminal.size(of: STDOUT_FILENO) ?? (80, 24)
            let text = try Overview(root, configuration).text(columns: size.columns)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            screen.draw(lines.prefix(max(1, size.lines - 1)))
            guard screen.waits(milliseconds: Self.interval) else { return }
        }
    }
}

/// A terminal that is drawn on as a whole, and gives each key at once.
private final class Screen {
    private var usual = termios()
    private let isSet: Bool

    init() {
        isSet = tcgetattr(STDIN_FILENO, &usual) == 0
        var raw = usual
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        if isSet { tcsetattr(STDIN_FILENO, TCSANOW, &raw) }
        // The other screen, without a cursor: what was on this one comes back.
        write("\u{1B}[?1049h\u{1B}[?25l")
    }

    func draw(_ lines: ArraySlice<Substring>) {
        write("\u{1B}[H" + lines.map { "\($0)\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J")
    }

    /// Waits; false if `q` was pressed, or nobody is there any more.
    func waits(milliseconds: Int32) -> Bool {
        let deadline = ContinuousClock.now + .milliseconds(Int(milliseconds))
        while true {
            let left = max(0, (deadline - .now) / .milliseconds(1))
            var keys = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&keys, 1, Int32(left)) > 0 else { return true }
            var key: UInt8 = 0
            guard read(STDIN_FILENO, &key, 1) == 1 else { return false }
            // Also Escape and the ends of input and of patience, where the terminal gives them as keys.
            if [UInt8(ascii: "q"), UInt8(ascii: "Q"), 0x1B, 0x03, 0x04].contains(key) {
                return false
            }
        }
    }

    func restore() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        if isSet { tcsetattr(STDIN_FILENO, TCSANOW, &usual) }
    }
}

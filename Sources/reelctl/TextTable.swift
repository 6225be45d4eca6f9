import Linux

/// Rows of cells in columns as wide as they have to be.
enum TextTable {
    /// The rows, a line each. All have as many cells as the first.
    ///
    /// Where they are too wide for `columns`, those of `flexible` are cut, the widest first, but to no less
    /// than eight, or an eighth of a narrow terminal; then whole lines are.
    static func text(
        _ rows: [[String]], columns: Int? = nil, flexible: Set<Int> = []
    ) -> String {
        var widths = (rows.first ?? []).indices.map { column in
            rows.map { TextWidth.of($0[column]) }.max() ?? 0
        }
        if let columns {
            // On a narrow terminal little is left of each.
            let least = max(3, min(leastWidth, columns / 8))
            while widths.reduce(0, +) + 2 * (widths.count - 1) > columns,
                let widest = flexible.max(by: { widths[$0] < widths[$1] }),
                widths[widest] > least
            {
                widths[widest] -= 1
            }
        }
        return rows.map { row in
            let cells = zip(row, widths).map { Terminal.cut($0, to: $1).padded(to: $1) }
            let line = cells.joined(separator: "  ").trimmedEnd
            return (columns.map { Terminal.cut(line, to: $0) } ?? line) + "\n"
        }.joined()
    }

    private static let leastWidth = 8
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - TextWidth.of(self)))
    }

    fileprivate var trimmedEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}

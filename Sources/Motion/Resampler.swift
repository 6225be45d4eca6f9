import CMotion

/// Makes frames from stills by bilinear interpolation in fixed point: positions to 1/256 of a pixel,
/// values to 1/32768. Equal input gives equal bytes on every machine.
///
/// It is as good as any filter as long as a window is about as large as the frame, which is what
/// stills are made for; far smaller frames would need an average over more than four pixels.
struct Resampler {
    let width, height: Int
    /// For each column, where its two pixels are in the source row, and the second one's weight.
    private var columns: [UInt32]
    /// The same, eight columns at a time.
    private var blocks: [cmotion_block]
    /// Two source rows, interpolated sideways, in 1/128.
    private var above, below: [UInt16]

    /// For frames of that size.
    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        columns = Array(repeating: 0, count: width)
        blocks = Array(repeating: cmotion_block(), count: width / 8)
        above = Array(repeating: 0, count: width)
        below = above
    }

    /// Draws what the window shows of the still into `frame`, a buffer of all three planes.
    mutating func draw(
        _ still: Still, _ window: Window, into frame: UnsafeMutableBufferPointer<UInt8>
    ) {
        let step = window.width / Double(width)
        still.bytes.withUnsafeBufferPointer { source in
            guard let source = source.baseAddress, let target = frame.baseAddress else { return }
            plane(
                source, still.bytes.count, still.width, still.height, target, width, height,
                window.x, window.y, step)
            var from = source + still.width * still.height
            var to = target + width * height
            for _ in 0..<2 {
                plane(
                    from, still.bytes.count - (from - source), still.width / 2, still.height / 2,
                    to, width / 2, height / 2,
                    window.x / 2, window.y / 2, step)
                from += still.width * still.height / 4
                to += width * height / 4
            }
        }
    }

    /// A position's whole part and its fraction in 256ths, such that the next pixel is there too.
    @inline(__always)
    private static func place(_ position: Double, _ count: Int) -> (index: Int, part: UInt32) {
        let steps = Int((min(max(position, 0), Double(count - 1)) * 256).rounded())
        let index = min(steps >> 8, count - 2)
        return (index, UInt32(steps - index << 8))
    }

    /// - Parameter readable: how many bytes there are from `source` on.
    private mutating func plane(
        _ source: UnsafePointer<UInt8>, _ readable: Int, _ sourceWidth: Int, _ sourceHeight: Int,
        _ target: UnsafeMutablePointer<UInt8>, _ width: Int, _ height: Int,
        _ x: Double, _ y: Double, _ step: Double
    ) {
        // A plane of one row or column has no next one; stills that small are not drawn.
        guard sourceWidth > 1, sourceHeight > 1 else { return }
        for column in 0..<width {
            let (index, part) = Self.place(x + (Double(column) + 0.5) * step - 0.5, sourceWidth)
            columns[column] = UInt32(index) << 9 | part
        }
        cmotion_prepare(columns, Int32(width), &blocks)
        var inAbove = -1
        var inBelow = -1
        for row in 0..<height {
            let (index, part) = Self.place(y + (Double(row) + 0.5) * step - 0.5, sourceHeight)
            if inAbove != index, inBelow == index {
                swap(&above, &below)
                swap(&inAbove, &inBelow)
            }
            if inAbove != index {
                let start = index * sourceWidth
                cmotion_scale_row(
                    source + start, readable - start, columns, blocks, &above, Int32(width))
                inAbove = index
            }
            if inBelow != index + 1 {
                let start = (index + 1) * sourceWidth
                cmotion_scale_row(
                    source + start, readable - start, columns, blocks, &below, Int32(width))
                inBelow = index + 1
            }
            cmotion_mix_rows(above, below, part, target + row * width, Int32(width))
        }
    }
}

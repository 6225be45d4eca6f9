/// Makes frames from stills by bilinear interpolation in fixed point: positions to 1/256 of a pixel,
/// values to 1/32768. Equal input gives equal bytes on every machine.
///
/// It is as good as any filter as long as a window is about as large as the frame, which is what
/// stills are made for; far smaller frames would need an average over more than four pixels.
struct Resampler {
    let width, height: Int
    /// For each column, where its two pixels are in the source row, and the second one's weight.
    private var columns: [UInt32]
    /// Two source rows, interpolated sideways, in 1/128.
    private var above, below: [UInt16]

    /// For frames of that size.
    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        columns = Array(repeating: 0, count: width)
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
                source, still.width, still.height, target, width, height, window.x, window.y, step)
            var from = source + still.width * still.height
            var to = target + width * height
            for _ in 0..<2 {
                plane(
                    from, still.width / 2, still.height / 2, to, width / 2, height / 2,
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

    private mutating func plane(
        _ source: UnsafePointer<UInt8>, _ sourceWidth: Int, _ sourceHeight: Int,
        _ target: UnsafeMutablePointer<UInt8>, _ width: Int, _ height: Int,
        _ x: Double, _ y: Double, _ step: Double
    ) {
        // A plane of one row or column has no next one; stills that small are not drawn.
        guard sourceWidth > 1, sourceHeight > 1 else { return }
        for column in 0..<width {
            let (index, part) = Self.place(x + (Double(column) + 0.5) * step - 0.5, sourceWidth)
            columns[column] = UInt32(index) << 9 | part
        }
        // Without a change of size, all columns have the same weight unless the edge cut some off.
        let first = columns[0]
        let isShift =
            first & 511 != 256
            && columns[width - 1] == first + UInt32(width - 1) << 9
        columns.withUnsafeBufferPointer { columns in
            above.withUnsafeMutableBufferPointer { above in
                below.withUnsafeMutableBufferPointer { below in
                    guard let columns = columns.baseAddress, var upper = above.baseAddress,
                        var lower = below.baseAddress
                    else { return }
                    var inUpper = -1
                    var inLower = -1
                    func load(_ row: Int, _ into: UnsafeMutablePointer<UInt16>) {
                        let from = source + row * sourceWidth
                        if isShift {
                            Self.shiftRow(from + Int(first >> 9), first & 511, into, width)
                        } else {
                            Self.scaleRow(from, columns, into, width)
                        }
                    }
                    for row in 0..<height {
                        let (index, part) = Self.place(
                            y + (Double(row) + 0.5) * step - 0.5, sourceHeight)
                        if inUpper != index {
                            if inLower == index {
                                swap(&upper, &lower)
                                swap(&inUpper, &inLower)
                            } else {
                                load(index, upper)
                                inUpper = index
                            }
                        }
                        if inLower != index + 1 {
                            load(index + 1, lower)
                            inLower = index + 1
                        }
                        Self.mixRows(upper, lower, part, target + row * width, width)
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func scaleRow(
        _ source: UnsafePointer<UInt8>, _ columns: UnsafePointer<UInt32>,
        _ target: UnsafeMutablePointer<UInt16>, _ count: Int
    ) {
        let raw = UnsafeRawPointer(source)
        for column in 0..<count {
            let place = columns[column]
            let both = UInt32(
                UInt16(
                    littleEndian: raw.loadUnaligned(
                        fromByteOffset: Int(place &>> 9), as: UInt16.self)))
            let left = both & 255
            let part = place & 511
            // The difference may be negative; as everything wraps, the sum is right all the same.
            let value = left &<< 8 &+ (both &>> 8 &- left) &* part
            target[column] = UInt16(truncatingIfNeeded: value &>> 1)
        }
    }

    @inline(__always)
    private static func shiftRow(
        _ source: UnsafePointer<UInt8>, _ part: UInt32, _ target: UnsafeMutablePointer<UInt16>,
        _ count: Int
    ) {
        let right = UInt16(truncatingIfNeeded: part)
        let left = 256 - right
        for column in 0..<count {
            let value = UInt16(source[column]) &* left &+ UInt16(source[column &+ 1]) &* right
            target[column] = value &>> 1
        }
    }

    @inline(__always)
    private static func mixRows(
        _ upper: UnsafePointer<UInt16>, _ lower: UnsafePointer<UInt16>, _ part: UInt32,
        _ target: UnsafeMutablePointer<UInt8>, _ count: Int
    ) {
        let other = 256 - part
        for column in 0..<count {
            let value = UInt32(upper[column]) &* other &+ UInt32(lower[column]) &* part
            target[column] = UInt8(truncatingIfNeeded: (value &+ 16_384) &>> 15)
        }
    }
}

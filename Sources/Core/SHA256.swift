import CHash

/// The hash of a stream of bytes, as FIPS 180-4 section 6.2 has it.
///
/// Steps are resumed by the hashes of their outputs, so every video goes through here: the inner loop
/// works on raw memory and local variables, which also keeps it bearable without the optimizer. Processors
/// that have instructions for it do it several times as fast (`CHash`).
public struct SHA256: Sendable {
    private var state: SIMD8<UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// The bytes since the last whole block, fewer than 64.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0
    /// Whether the processor does it.
    private let isInHardware: Bool

    private static let hasHardware = chash_has_sha256() != 0

    /// Starts with no bytes.
    public init() { isInHardware = Self.hasHardware }

    /// The same without the processor's help.
    init(isPortable: Bool) { isInHardware = Self.hasHardware && !isPortable }

    /// Appends bytes.
    public mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { update($0) }
    }

    /// Appends bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count &+= UInt64(bytes.count)
        var bytes = bytes[...]
        if !rest.isEmpty {
            let missing = bytes.prefix(64 - rest.count)
            rest += missing
            bytes = bytes.dropFirst(missing.count)
            guard rest.count == 64 else { return }
            rest.withUnsafeBytes { compress($0) }
            rest.removeAll(keepingCapacity: true)
        }
        let whole = bytes.prefix(bytes.count & ~63)
        compress(UnsafeRawBufferPointer(rebasing: whole))
        rest += bytes.dropFirst(whole.count)
    }

    /// The 32 bytes of the hash.
    public consuming func finalize() -> [UInt8] {
        let bits = count &* 8
        let zeros = (119 - rest.count) % 64
        let length = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
        update([0x80] + [UInt8](repeating: 0, count: zeros) + length)
        return (0..<32).map {
            UInt8(truncatingIfNeeded: state[$0 / 4] >> (24 - 8 * UInt32($0 % 4)))
        }
    }

    /// The hash in 64 lower-case hexadecimal digits.
    public consuming func finalizeHexadecimal() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// Takes whole blocks into the state.
    private mutating func compress(_ blocks: UnsafeRawBufferPointer) {
        guard let base = blocks.baseAddress, !blocks.isEmpty else { return }
        state = Self.constants.withUnsafeBufferPointer { constants in
            guard let constants = constants.baseAddress else { return state }
            if isInHardware {
                var words = state
                withUnsafeMutableBytes(of: &words) { words in
                    chash_sha256(
                        words.baseAddress?.assumingMemoryBound(to: UInt32.self), base,
                        blocks.count / 64, constants)
                }
                return words
            }
            return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                guard let schedule = schedule.baseAddress else { return state }
                schedule.initialize(repeating: 0, count: 64)
                return Self.compress(base, blocks.count, into: state, schedule, constants)
            }
        }
    }

    /// The loop itself, eight rounds at a time.
    private static func compress(
        _ base: UnsafeRawPointer, _ count: Int, into state: SIMD8<UInt32>,
        _ schedule: UnsafeMutablePointer<UInt32>, _ constants: UnsafePointer<UInt32>
    ) -> SIMD8<UInt32> {
        var state = state
        var block = 0
        while block < count {
            var t = 0
            while t < 16 {
                let word = base.loadUnaligned(fromByteOffset: block &+ t &* 4, as: UInt32.self)
                schedule[t] = UInt32(bigEndian: word)
                t &+= 1
            }
            while t < 64 {
                let x = schedule[t &- 15]
                let y = schedule[t &- 2]
                let s0 = (x &>> 7 | x &<< 25) ^ (x &>> 18 | x &<< 14) ^ (x &>> 3)
                let s1 = (y &>> 17 | y &<< 15) ^ (y &>> 19 | y &<< 13) ^ (y &>> 10)
                schedule[t] = s1 &+ schedule[t &- 7] &+ s0 &+ schedule[t &- 16]
                t &+= 1
            }
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            var (e, f, g, h) = (state[4], state[5], state[6], state[7])
            t = 0
            while t < 64 {
                round(a, b, c, &d, e, f, g, &h, constants[t] &+ schedule[t])
                round(h, a, b, &c, d, e, f, &g, constants[t &+ 1] &+ schedule[t &+ 1])
                round(g, h, a, &b, c, d, e, &f, constants[t &+ 2] &+ schedule[t &+ 2])
                round(f, g, h, &a, b, c, d, &e, constants[t &+ 3] &+ schedule[t &+ 3])
                round(e, f, g, &h, a, b, c, &d, constants[t &+ 4] &+ schedule[t &+ 4])
                round(d, e, f, &g, h, a, b, &c, constants[t &+ 5] &+ schedule[t &+ 5])
                round(c, d, e, &f, g, h, a, &b, constants[t &+ 6] &+ schedule[t &+ 6])
                round(b, c, d, &e, f, g, h, &a, constants[t &+ 7] &+ schedule[t &+ 7])
                t &+= 8
            }
            state &+= SIMD8(a, b, c, d, e, f, g, h)
            block &+= 64
        }
        return state
    }

    /// One round. Its callers turn the names instead of moving eight values.
    @inline(__always)
    private static func round(
        _ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: inout UInt32,
        _ e: UInt32, _ f: UInt32, _ g: UInt32, _ h: inout UInt32, _ word: UInt32
    ) {
        let s1 = (e &>> 6 | e &<< 26) ^ (e &>> 11 | e &<< 21) ^ (e &>> 25 | e &<< 7)
        h = h &+ s1 &+ (g ^ (e & (f ^ g))) &+ word
        d = d &+ h
        let s0 = (a &>> 2 | a &<< 30) ^ (a &>> 13 | a &<< 19) ^ (a &>> 22 | a &<< 10)
        h = h &+ s0 &+ ((a & b) | (c & (a | b)))
    }

    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4,
        0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe,
        0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f,
        0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7,
        0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc,
        0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85, 0xa2bf_e8a1, 0xa81a_664b,
        0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116,
        0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7,
        0xc671_78f2,
    ]
}

import Fuzzing
import Glibc

/// What libFuzzer calls with one input after another; see https://llvm.org/docs/LibFuzzer.html.
@_cdecl("LLVMFuzzerTestOneInput")
public func examine(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    if let fault = SpecFuzzing.examine(bytes) {
        print(fault)
        abort()
    }
    return 0
}

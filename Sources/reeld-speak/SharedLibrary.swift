import Glibc

/// A shared library loaded while the program runs, and never unloaded.
struct SharedLibrary {
    private let name: String
    private let handle: UnsafeMutableRawPointer

    /// Loads the library of that file name from where dlopen(3) looks.
    init(_ name: String) throws(SpeechFault) {
        // Globally, for flite's voices use what is in its main library.
        guard let handle = dlopen(name, RTLD_NOW | RTLD_GLOBAL) else {
            throw SpeechFault(.unavailable, "cannot load \(name): \(Self.lastError)")
        }
        self.name = name
        self.handle = handle
    }

    /// A function of the library. The type is for the caller to know.
    func function<Function>(
        _ symbol: String, as type: Function.Type
    ) throws(SpeechFault) -> Function {
        guard let address = dlsym(handle, symbol) else {
            throw SpeechFault(.unavailable, "\(name) has no \(symbol): \(Self.lastError)")
        }
        return unsafeBitCast(address, to: type)
    }

    /// The files of all libraries that this process has loaded; see proc_pid_maps(5).
    static var loaded: [String] {
        guard let maps = fopen("/proc/self/maps", "re") else { return [] }
        defer { fclose(maps) }
        var paths: Set<String> = []
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        while getline(&line, &size, maps) > 0, let line {
            let path = String(cString: line).drop { $0 != "/" }.prefix { $0 != "\n" }
            if path.contains(".so") { paths.insert(String(path)) }
        }
        return paths.sorted()
    }

    private static var lastError: String {
        dlerror().map { String(cString: $0) } ?? "no reason is given"
    }
}

/// Why nothing was spoken.
struct SpeechFault: Error {
    /// As sysexits.h has them.
    enum Status: Int32 {
        case usage = 64
        case data = 65
        case unavailable = 69
        case output = 73
    }

    var status: Status
    var message: String

    init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message
    }
}

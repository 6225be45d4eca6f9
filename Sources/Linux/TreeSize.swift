import Core

extension Directory {
    /// The bytes of all regular files beneath an entry, or of the entry itself, by their lengths.
    /// What goes away meanwhile, or cannot be looked into, does not count.
    public func sizeOfTree(_ name: FileName) throws(SystemError) -> Int {
        guard let status = try status(name) else { return 0 }
        guard status.kind == .directory else { return status.kind == .regular ? status.size : 0 }
        var total = 0
        // Paths and not descriptors, so that no depth exhausts those.
        var places = [name.text].compactMap(\.self)
        while let place = places.popLast() {
            guard let inner = try? directory(place) else { continue }
            for entry in try inner.entries() {
                guard let status = try inner.status(entry) else { continue }
                if status.kind == .regular { total += status.size }
                if status.kind == .directory, let text = entry.text {
                    places.append("\(place)/\(text)")
                }
            }
        }
        return total
    }
}

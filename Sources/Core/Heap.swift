/// A binary heap: the least element is at hand, in logarithmic time.
public struct Heap<Element: Comparable & Sendable>: Sendable {
    private var elements: [Element] = []

    /// An empty heap.
    public init() {}

    /// How many there are.
    public var count: Int { elements.count }

    /// The least; nil if there is none.
    public var first: Element? { elements.first }

    /// Puts one in.
    public mutating func insert(_ element: Element) {
        elements.append(element)
        var child = elements.count - 1
        while child > 0, elements[child] < elements[(child - 1) / 2] {
            elements.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes the least out.
    @discardableResult
    public mutating func popFirst() -> Element? {
        guard let first = elements.first else { return nil }
        let last = elements.removeLast()
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < elements.count && elements[child] < elements[least] { least = child }
            if least == parent { return first }
            elements.swapAt(parent, least)
            parent = least
        }
    }

    /// Takes out all that are not wanted.
    public mutating func keep(_ isWanted: (Element) -> Bool) {
        let kept = elements.filter(isWanted)
        elements = []
        for element in kept { insert(element) }
    }
}

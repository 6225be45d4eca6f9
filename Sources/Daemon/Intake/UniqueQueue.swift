/// Elements in the order they came, each once.
struct UniqueQueue<Element: Hashable & Sendable>: Sendable {
    private var elements: [Element] = []
    /// Those before it were taken.
    private var next = 0
    private var members: Set<Element> = []

    /// An empty queue.
    init() {}

    /// How many there are.
    var count: Int { members.count }

    /// Whether there is none.
    var isEmpty: Bool { members.isEmpty }

    /// Whether it is in the queue.
    func contains(_ element: Element) -> Bool { members.contains(element) }

    /// Puts one at the end, unless it is in the queue; says whether it was not.
    @discardableResult
    mutating func append(_ element: Element) -> Bool {
        guard members.insert(element).inserted else { return false }
        elements.append(element)
        return true
    }

    /// Takes the first.
    mutating func popFirst() -> Element? {
        while next < elements.count {
            let element = elements[next]
            next += 1
            if next > 64, next > elements.count / 2 {
                elements.removeFirst(next)
                next = 0
            }
            if members.remove(element) != nil { return element }
        }
        (elements, next) = ([], 0)
        return nil
    }

    /// Takes up to so many of the first.
    mutating func popFirst(_ most: Int) -> [Element] {
        var taken: [Element] = []
        while taken.count < most, let element = popFirst() { taken.append(element) }
        return taken
    }
}

/// How many calls of a provider may be under way at once, with a queue of bounded length for those
/// that come in between.
///
/// A slot that becomes free goes to whoever waits longest: the caller asks `nextAdmitted` after each
/// `leave` and wakes whom it names.
public struct Bulkhead: Sendable {
    /// How many.
    public struct Settings: Hashable, Sendable {
        /// How many at once, at least 1; nil for any number.
        public var limit: Int?
        /// How many may wait; 0 for none.
        public var queue: Int

        /// Makes settings.
        public init(limit: Int? = nil, queue: Int = 100) {
            self.limit = limit
            self.queue = queue
        }
    }

    /// A slot, to be given back with `leave`.
    public struct Slot: Hashable, Sendable {
        let slot: Int
        let number: UInt64
    }

    /// A place in the queue, until `nextAdmitted` names it or it is given up with `abandon`.
    public struct Place: Hashable, Sendable {
        let number: UInt64
    }

    /// The answer to whoever wants to call.
    public enum Admission: Hashable, Sendable {
        /// Go on.
        case admitted(Slot)
        /// Wait to be named.
        case queued(Place)
        /// Too many wait already.
        case rejected
    }

    /// What it was made with.
    public let settings: Settings
    private var slots = PermitTable()
    /// Who waits, the first at `head`: a ring whose memory is asked for once.
    private var ring: [UInt64]
    private var head = 0
    /// How many wait.
    public private(set) var waiting = 0
    private var issued: UInt64 = 0

    /// Makes an empty one.
    public init(_ settings: Settings = Settings()) {
        self.settings = settings
        ring = [UInt64](repeating: 0, count: settings.limit == nil ? 0 : max(settings.queue, 0))
    }

    /// How many are under way.
    public var running: Int { slots.count }

    private var hasRoom: Bool { settings.limit.map { slots.count < max($0, 1) } ?? true }

    /// Asks for a slot. Nobody overtakes those who wait.
    public mutating func enter() -> Admission {
        if hasRoom, waiting == 0 { return .admitted(take()) }
        guard waiting < min(ring.count, max(settings.queue, 0)) else { return .rejected }
        issued += 1
        ring[(head + waiting) % ring.count] = issued
        waiting += 1
        return .queued(Place(number: issued))
    }

    /// Gives a slot back; false if it has been already.
    @discardableResult
    public mutating func leave(_ slot: Slot) -> Bool {
        slots.release(slot: slot.slot, number: slot.number)
    }

    /// Who has waited longest and has a slot now; nil if nobody waits or there is no room.
    public mutating func nextAdmitted() -> (place: Place, slot: Slot)? {
        guard waiting > 0, hasRoom else { return nil }
        let number = ring[head]
        head = (head + 1) % ring.count
        waiting -= 1
        return (Place(number: number), take())
    }

    /// Gives up a place in the queue; false if it is not there, such as when it has been named.
    @discardableResult
    public mutating func abandon(_ place: Place) -> Bool {
        let count = ring.count
        guard
            let found = (0..<waiting).first(where: { ring[(head + $0) % count] == place.number })
        else { return false }
        for index in found..<waiting - 1 {
            ring[(head + index) % count] = ring[(head + index + 1) % count]
        }
        waiting -= 1
        return true
    }

    private mutating func take() -> Slot {
        let (slot, number) = slots.issue()
        return Slot(slot: slot, number: number)
    }

    /// Goes on by other settings. Slots and places stay as they are; if they are more than there may
    /// be now, nobody else comes in until they are not.
    init(_ settings: Settings, succeeding old: Bulkhead) {
        self.init(settings)
        slots = old.slots
        issued = old.issued
        let places = (0..<old.waiting).map { old.ring[(old.head + $0) % old.ring.count] }
        let room = max(ring.count, places.count)
        ring = places + [UInt64](repeating: 0, count: room - places.count)
        waiting = places.count
    }
}

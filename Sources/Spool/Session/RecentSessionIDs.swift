import Core
import Synchronization

/// The session ids that were given lately. A file that comes back to the inbox within a second has the
/// handle it had, so the id that would be its new session's may be that of one that is gone.
final class RecentSessionIDs: Sendable {
    private static let most = 1000

    private struct State {
        var ids: Set<SessionID> = []
        /// The same in a ring, the oldest at `next` when it is full.
        var order: [SessionID] = []
        var next = 0
    }

    private let state = Mutex(State())

    /// Notes an id; false if it was given before.
    func take(_ id: SessionID) -> Bool {
        state.withLock { state in
            guard state.ids.insert(id).inserted else { return false }
            guard state.order.count == Self.most else {
                state.order.append(id)
                return true
            }
            state.ids.remove(state.order[state.next])
            state.order[state.next] = id
            state.next = (state.next + 1) % Self.most
            return true
        }
    }
}

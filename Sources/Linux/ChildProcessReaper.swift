import CLinux
import Glibc

/// Takes the exit statuses of ended children, so that no zombies remain. See waitid(2).
enum ChildProcessReaper {
    /// Reaps the leader of a group, which has ended or is about to.
    static func leader(_ pid: pid_t) -> clinux_ended {
        var ended = clinux_ended()
        while clinux_waitid(Int32(P_PID.rawValue), pid, WEXITED, &ended) < 0 && errno == EINTR {}
        return ended
    }

    /// Reaps the ended members of a group whose leader was reaped, and tells whether others live.
    ///
    /// Those are our children only where we are the subreaper, see PR_SET_CHILD_SUBREAPER(2const);
    /// elsewhere init reaps them, and nothing is found here.
    static func members(ofGroup group: pid_t) -> Bool {
        while true {
            var ended = clinux_ended()
            let peek = WEXITED | WNOHANG | WNOWAIT
            guard clinux_waitid(Int32(P_PGID.rawValue), group, peek, &ended) == 0 else {
                return false
            }
            guard ended.pid != 0 else { return true }
            // An emptied group gives its id back; a process of that very pid is another run's leader.
            guard ended.pid != group else { return false }
            let take = WEXITED | WNOHANG
            _ = clinux_waitid(Int32(P_PID.rawValue), ended.pid, take, &ended)
        }
    }
}

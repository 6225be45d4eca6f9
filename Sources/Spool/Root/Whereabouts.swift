import Core
import Glibc
import Linux

extension SpoolRoot {
    /// The directory that the file of a claimed job is in; nil if it is in none, so that the job
    /// has ended or never began.
    ///
    /// Jobs move between the directories while one looks, so all are looked at twice.
    public func whereabouts(of id: SessionID) throws(SystemError) -> SpoolDirectory? {
        let name: FileName = "\(id).json"
        for state in SpoolDirectory.claimed + SpoolDirectory.claimed
        where try self[state].contains(name) {
            return state
        }
        return nil
    }

    /// Where a session's directory is to be looked for, in this order: one that is only just claimed is moved from
    /// the second to the first, perhaps between two looks.
    var placesOfSessions: [Directory] { [self[.outputs], staging, self[.outputs]] }

    /// The directory of a session, wherever that is; nil if it is nowhere.
    func directory(of session: SessionID) -> Directory? {
        placesOfSessions.lazy.compactMap { try? $0.directory(session.description) }.first
    }

    /// The record of a session; nil if there is no such session.
    public func record(of id: SessionID) throws(Failure) -> SessionRecord? {
        let directory: Directory
        do throws(SystemError) { directory = try self[.outputs].directory(id.description) } catch {
            if error.errno == ENOENT { return nil }
            throw error.failure("open the session")
        }
        return try SessionRecord.read(from: directory)
    }
}

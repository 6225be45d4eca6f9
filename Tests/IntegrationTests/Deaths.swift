/// Over which jobs daemons have died. A third death, before a step of it is finished, sets a job aside: a
/// test that kills daemons at random and wants all jobs done lets the next daemon finish such as have
/// seen two.
struct Deaths {
    private var counts: [String: Int] = [:]

    /// Counts a death.
    mutating func note(in house: House) {
        for job in house.names(in: "active") { counts[job, default: 0] += 1 }
    }

    /// Whether no job that is in flight would be set aside.
    func allowOneMore(in house: House) -> Bool {
        house.names(in: "active").allSatisfy { counts[$0, default: 0] < 2 }
    }
}

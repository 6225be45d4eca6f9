extension BlockingExecutor {
    /// For what is looked at, filed and written down beside the jobs: none of it waits for a job's end,
    /// and no job for it.
    public static let upkeep = BlockingExecutor(most: 16)
    /// For what is asked for in `control/`.
    public static let requests = BlockingExecutor(most: 32)
}

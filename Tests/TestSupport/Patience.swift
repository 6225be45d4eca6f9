/// How long a test waits for what has to come: longer than any machine takes, however busy it is, and
/// shorter than `Tests/run` has patience with all tests together. It decides when a test fails whose
/// condition never holds, and nothing else.
public let patience = Duration.seconds(300)

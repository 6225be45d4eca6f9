/// The version of the programs, as `--version` prints it. See CHANGELOG.md.
public let reeldVersion = "0.1.0"

// swift-tools-version: 6.2
import PackageDescription

/// Swift 6 language mode comes with the tools version; a warning fails the build.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// `_GNU_SOURCE` on the importing target opens renameat2, O_PATH, pipe2 and friends in Glibc.
let gnu: [CSetting] = [.define("_GNU_SOURCE")]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, cSettings: gnu, swiftSettings: strict)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude,
        cSettings: gnu, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, cSettings: gnu, swiftSettings: strict)
}

let package = Package(
    name: "reeld",
    targets: [
        .target(name: "CLinux", cSettings: gnu),
        .target(name: "CVoices"),
        .systemLibrary(
            name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),

        // Tests hash as much as the daemon does.
        .target(name: "CHash", cSettings: [.unsafeFlags(["-O2"])]),
        module("Core", ["CHash"]),
        module("Resilience"),
        // Without optimization a frame takes many times as long, in tests as well.
        .target(name: "CMotion", cSettings: [.unsafeFlags(["-O2"])]),
        .target(
            name: "Motion", dependencies: ["CMotion"], cSettings: gnu,
            swiftSettings: strict + [.unsafeFlags(["-O"])]),
        module("Linux", ["CLinux", "Core"]),
        module("Systemd", ["CSystemd", "Core"]),
        module("Spool", ["Core", "Linux"]),
        module("Pipeline", ["Core", "Resilience", "Linux", "Spool"]),
        module("Video", ["Core", "Resilience", "Linux", "Pipeline", "Motion"]),
        module(
            "Daemon",
            ["Core", "Resilience", "Linux", "Systemd", "Spool", "Pipeline", "Video"]),

        program("reeld", ["Core", "Daemon"]),
        program("reeld-motion", ["Motion"]),
        program(
            "reelctl",
            ["Core", "Resilience", "Linux", "Systemd", "Spool", "Pipeline", "Video", "Daemon"]),

        // Runs for a moment and loads the voices' libraries: never a part of the daemon.
        program("reeld-speak", ["CVoices"]),

        // Threads for tests that block: whatever is linked with it has them.
        .target(name: "TestThreads", path: "Tests/TestThreads", cSettings: gnu),
        .target(
            name: "TestSupport", dependencies: ["Core", "Linux", "Spool", "TestThreads"],
            path: "Tests/TestSupport",
            cSettings: gnu, swiftSettings: strict),
        tests("CoreTests", ["Core"]),
        tests("ResilienceTests", ["Resilience"]),
        tests("MotionTests", ["Motion", "CMotion"]),
        tests("LinuxTests", ["Core", "Linux"]),
        tests("SystemdTests", ["Core", "Systemd"]),
        tests("SpoolTests", ["Core", "Linux", "Spool"]),
        tests("PipelineTests", ["Core", "Resilience", "Linux", "Spool", "Pipeline"]),
        tests(
            "VideoTests",
            [
                "Core", "Resilience", "Pipeline", "Motion", "Video", "reeld-motion", "reeld-speak",
            ]),
        tests(
            "DaemonTests",
            ["Core", "Linux", "Spool", "Pipeline", "Resilience", "Video", "Daemon"]),
        .executableTarget(
            name: "injector", path: "Tests/Injector", cSettings: gnu),
        .target(
            name: "Fuzzing", dependencies: ["Core", "Video"], path: "Tests/Fuzzing",
            swiftSettings: strict),
        tests(
            "TortureTests",
            [
                "Core", "Linux", "Spool", "Fuzzing", "reeld", "reeld-motion", "reeld-speak",
                "injector",
            ]),
        tests(
            "IntegrationTests",
            ["Core", "Linux", "reeld", "reelctl", "reeld-motion", "reeld-speak"]),
        tests(
            "SystemTests", ["reeld", "reelctl", "reeld-motion", "reeld-speak"],
            exclude: [
                "boot", "checks.sh", "confinement.sh", "installation.sh", "scenario.sh", "tour.sh",
            ]),
    ]
)

// It has no entry point of its own: libFuzzer has it. See `make fuzz`.
if Context.environment["REELD_FUZZER"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzzer", dependencies: ["Fuzzing"], path: "Tests/Fuzzer", swiftSettings: strict))
}

// Only whoever measures needs it. See `make bench-resilience`.
if Context.environment["REELD_BENCH"] != nil {
    package.targets += [
        .target(name: "CAllocations", path: "Benchmarks/allocations"),
        .executableTarget(
            name: "bench-resilience", dependencies: ["CAllocations", "Resilience"],
            path: "Benchmarks/resilience", swiftSettings: strict),
    ]
}

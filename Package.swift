// swift-tools-version: 6.2
import PackageDescription

/// Every target is built alike: Swift 6, no implicit existentials, and no warning survives.
///
/// In release builds nothing checks at run time that a variable is not read or changed while it is being changed (SE-0176):
/// these checks took `webdav` 8,200 of 194,000 instructions a file. What the compiler can see it refuses all the same, and
/// the tests run with the checks.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// What a deletion is, without any storage.
let deletionTargets: [Target.Dependency] = [
  "DeletionEngine", "DeletionModel", "JobReports", "ListReading", "RunJournal",
]

/// What deletes, and what it is built on.
let backendTargets: [Target.Dependency] = [
  "BackendDCacheBulk", "BackendPOSIX", "BackendTools", "BackendWebDAV", "BackendXRootD", "Backends",
  "Credentials", "DeletionEngine", "DeletionModel",
  "HTTPTransport", "JobReports", "ListReading", "Networking", "ProcessRunning", "RunJournal",
  "Threads", "XRootDProtocol",
]

/// For targets that no file of a list passes through, or hundreds at a time, or where a C library does the work: the static
/// executable has to stay below its limit (`Scripts/static.sh`). `-Osize` costs 1 % of the instructions of `webdav`, nothing
/// that can be measured elsewhere, and saves 16 KB in `Networking` and `HTTPTransport` alone.
let small: [SwiftSetting] = settings + [.unsafeFlags(["-Osize"], .when(configuration: .release))]

/// Set by Scripts/fuzz.sh: the parsers under test become an executable for libFuzzer.
let isFuzzing = Context.environment["SWAB_FUZZING"] != nil
let fuzzed: [Target.Dependency] =
  [
    "ByteStreams", "Campaign", "CondorJob", "SiteConf",
  ] + backendTargets

let package = Package(
  name: "swab",
  products: [
    .executable(name: "swab", targets: ["swab"]),
    .executable(name: "swab-submit", targets: ["swab-submit"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    // Without its Foundation trait: Foundation would bring ICU into the static executable. This version and no other:
    // SubprocessRunner and OrphanGuard rely on how it works inside.
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
  ],
  targets: [
    // C libraries, found through pkg-config; the same lines serve the dynamic and the static build.
    .systemLibrary(
      name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(
      name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .target(name: "CLinux"),

    .target(
      name: "ByteStreams",
      dependencies: [
        "COpenSSL", "CZlib", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "SiteConf",
      dependencies: ["ByteStreams", "CLibXML2", "CPCRE2"],
      exclude: ["Deviations.md"],
      swiftSettings: settings),
    // What a deletion is about: names, safety, outcomes, backends as the engine sees them. No file, no clock, no network.
    .target(
      name: "DeletionModel",
      dependencies: ["SiteConf", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: settings),
    // Lists of LFNs, protected lists and job files, read as streams.
    .target(
      name: "ListReading", dependencies: ["ByteStreams", "DeletionModel"], swiftSettings: settings),
    // The report of a job: its model, its schema, and how it is written, read and merged.
    .target(
      name: "JobReports",
      dependencies: [
        "ByteStreams", "DeletionModel", "ListReading",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    // What is written down before a request, so that a killed run can be resumed.
    .target(
      name: "RunJournal", dependencies: ["ByteStreams", "DeletionModel", "JobReports", "ListReading"],
      swiftSettings: settings),
    // Batches, retries, circuits, pacing and pruning, over any backend.
    .target(
      name: "DeletionEngine",
      dependencies: [
        "DeletionModel", "ListReading", "RunJournal",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    // How a process is started and what it may see of ours.
    .target(
      name: "ProcessRunning",
      dependencies: [
        "ByteStreams", "CLinux", "DeletionModel",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: small),
    // Threads for what blocks, and how such a thread is woken.
    .target(
      name: "Threads",
      dependencies: ["CLinux", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: small),
    // Addresses, names, connections and TLS.
    .target(
      name: "Networking",
      dependencies: [
        "COpenSSL", "DeletionModel", "Threads",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: small),
    // Tokens, certificates and proxies: where they are found, what they are good for, who is shown them.
    .target(
      name: "Credentials",
      dependencies: [
        "COpenSSL", "DeletionModel", "Networking", "ProcessRunning",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: small),
    // HTTP requests through libcurl, and what a status or an error of libcurl means.
    .target(
      name: "HTTPTransport",
      dependencies: ["CLibCurl", "Credentials", "DeletionModel", "Networking", "Threads"],
      swiftSettings: small),

    // The backends, one target a family. None sees another.
    .target(
      name: "BackendPOSIX",
      dependencies: ["CLinux", "DeletionModel", .product(name: "SystemPackage", package: "swift-system")],
      swiftSettings: settings),
    .target(
      name: "BackendWebDAV",
      dependencies: [
        "CLibCurl", "CLibXML2", "Credentials", "DeletionModel", "HTTPTransport", "Networking", "Threads",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "BackendDCacheBulk",
      dependencies: ["ByteStreams", "Credentials", "DeletionModel", "HTTPTransport", "Networking"],
      swiftSettings: small),
    // Requests, answers, error codes and addresses of XRootD's protocol, without any connection.
    .target(
      name: "XRootDProtocol", dependencies: ["Credentials", "DeletionModel", "Networking"],
      swiftSettings: settings
    ),
    .target(
      name: "BackendXRootD",
      dependencies: [
        "COpenSSL", "Credentials", "DeletionModel", "Networking", "Threads", "XRootDProtocol",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "BackendTools",
      dependencies: [
        "Credentials", "DeletionModel", "Networking", "ProcessRunning", "XRootDProtocol",
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: small),
    // Which backend serves which URL: the only target that knows them all.
    .target(
      name: "Backends",
      dependencies: [
        "BackendDCacheBulk", "BackendPOSIX", "BackendTools", "BackendWebDAV", "BackendXRootD", "Credentials",
        "DeletionModel", "ProcessRunning",
      ],
      swiftSettings: small),
    .target(
      name: "CondorJob", dependencies: ["ByteStreams"], swiftSettings: small),
    .target(
      name: "Campaign",
      dependencies: [
        "ByteStreams", "CLinux", "CondorJob", "Credentials", "DeletionModel", "HTTPTransport", "JobReports",
        "ListReading", "Networking", "ProcessRunning", "RunJournal", "SiteConf",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    // All RSEs, pass after pass: what is due for each, and whether it may be done.
    .target(
      name: "Cycle",
      dependencies: [
        "ByteStreams", "Campaign", "DeletionModel", "HTTPTransport", "JobReports", "ListReading",
        "Threads", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "CommandSupport",
      dependencies: [
        "ByteStreams", "CLibCurl", "CLibXML2", "CLinux", "CPCRE2", "CZlib", "CondorJob", "DeletionModel",
        "JobReports", "ListReading", "RunJournal", "SiteConf",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: small),
    .executableTarget(
      name: "swab",
      dependencies: [
        "Backends", "ByteStreams", "CommandSupport", "CondorJob", "Credentials", "DeletionEngine",
        "DeletionModel", "HTTPTransport", "JobReports",
        "ListReading", "Networking", "RunJournal",
        "ProcessRunning", "SiteConf", "Threads",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: small),
    .executableTarget(
      name: "swab-submit",
      dependencies: [
        "ByteStreams", "Campaign", "CommandSupport", "Cycle", "DeletionModel", "JobReports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),

    // What tests are made of without any server.
    .target(
      name: "TestSupport",
      dependencies: [
        "DeletionEngine", "DeletionModel", "ProcessRunning",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/TestSupport",
      swiftSettings: settings),
    // Real and scripted servers, pools and validators. A test target that imports it is not run by "make test-unit".
    .target(
      name: "TestServers",
      dependencies: [
        "Networking", "TestSupport", "Threads", .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/TestServers",
      swiftSettings: settings),
    .target(
      name: "CampaignFixtures",
      dependencies: ["ByteStreams", "Campaign", "HTTPTransport", "TestSupport"] + deletionTargets,
      path: "Tests/CampaignFixtures",
      swiftSettings: settings),

    // Unit tests. They need no server, and no tool beyond those of every machine that builds Swab.
    .testTarget(
      name: "ByteStreamsTests", dependencies: ["ByteStreams", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SiteConfTests", dependencies: ["SiteConf", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "DeletionTests", dependencies: ["ByteStreams", "TestSupport"] + deletionTargets,
      swiftSettings: settings),
    .testTarget(
      name: "BackendsTests", dependencies: ["COpenSSL", "TestSupport"] + backendTargets,
      swiftSettings: settings),
    .testTarget(
      name: "CondorJobTests", dependencies: ["CondorJob", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "CampaignTests",
      dependencies: [
        "ByteStreams", "Campaign", "CampaignFixtures", "CommandSupport", "Credentials", "HTTPTransport",
        "ProcessRunning", "swab-submit", "TestSupport",
      ] + deletionTargets,
      swiftSettings: settings),
    .testTarget(
      name: "CycleTests",
      dependencies: [
        "ByteStreams", "Campaign", "CampaignFixtures", "Cycle", "DeletionModel", "JobReports", "ListReading",
        "swab-submit", "TestSupport",
      ],
      swiftSettings: settings),
    // What the sources may say, and what may see what.
    .testTarget(name: "StructureTests", dependencies: ["TestSupport"], swiftSettings: settings),

    // The same libraries with servers, and the whole executables.
    .testTarget(
      name: "BackendServerTests", dependencies: ["TestServers", "TestSupport"] + backendTargets,
      swiftSettings: settings),
    .testTarget(
      name: "CampaignServerTests",
      dependencies: [
        "ByteStreams", "Campaign", "CampaignFixtures", "CondorJob", "Credentials", "Cycle", "HTTPTransport",
        "swab-submit",
        "TestServers", "TestSupport",
      ] + deletionTargets,
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests", dependencies: ["swab", "TestServers", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "Networking", "swab", "swab-submit", "TestServers", "TestSupport", "Threads",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: settings),

    // What takes bytes from elsewhere, fed with anything. "make fuzz" builds an executable of the same parsers.
    isFuzzing
      ? .executableTarget(
        name: "swab-fuzz", dependencies: fuzzed, path: "Tests/FuzzTests",
        exclude: ["Seeds", "FuzzTests.swift"],
        swiftSettings: settings)
      : .testTarget(
        name: "FuzzTests", dependencies: fuzzed + ["TestSupport"], exclude: ["Seeds", "Fuzzer"],
        swiftSettings: settings),

    // These three test what "make static" has built, not what SwiftPM builds.
    .testTarget(
      name: "CondorTests", dependencies: ["ByteStreams", "Campaign", "TestServers", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "StaticTests",
      dependencies: ["TestSupport", .product(name: "Subprocess", package: "swift-subprocess")],
      swiftSettings: settings),
    .testTarget(
      name: "WrapperTests",
      dependencies: [
        "TestServers", "TestSupport", .product(name: "Subprocess", package: "swift-subprocess"),
      ],
      swiftSettings: settings),
  ]
)

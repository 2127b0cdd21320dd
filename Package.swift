// swift-tools-version: 6.2
import PackageDescription

/// Every target is built alike: Swift 6, no implicit existentials, and no warning survives.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

/// Set by Scripts/fuzz.sh: the parsers under test become an executable for libFuzzer.
let isFuzzing = Context.environment["SWAB_FUZZING"] != nil
let fuzzed: [Target.Dependency] = [
  "Backends", "ByteStreams", "Campaign", "CondorJob", "Deletion", "SiteConf",
]

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
    // Without its Foundation trait: Foundation would bring ICU into the static executable.
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
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
        "CLinux", "COpenSSL", "CZlib", .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "SiteConf",
      dependencies: ["CLibXML2", "CPCRE2"],
      exclude: ["Deviations.md"],
      swiftSettings: settings),
    .target(
      name: "Deletion",
      dependencies: [
        "ByteStreams", "SiteConf",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "Backends",
      dependencies: [
        "CLinux", "CLibCurl", "CLibXML2", "COpenSSL", "Deletion",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(name: "CondorJob", dependencies: ["ByteStreams"], swiftSettings: settings),
    .target(
      name: "Campaign",
      dependencies: [
        "Backends", "ByteStreams", "CLibCurl", "CLibXML2", "CLinux", "CondorJob", "Deletion", "SiteConf",
        .product(name: "OrderedCollections", package: "swift-collections"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .target(
      name: "CommandSupport",
      dependencies: [
        "ByteStreams", "CLibCurl", "CLibXML2", "CLinux", "CPCRE2", "CZlib", "CondorJob", "Deletion",
        "SiteConf",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "swab",
      dependencies: [
        "Backends", "ByteStreams", "CommandSupport", "CondorJob", "Deletion", "SiteConf",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "swab-submit",
      dependencies: [
        "Backends", "ByteStreams", "Campaign", "CommandSupport", "Deletion",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),

    .target(
      name: "TestSupport",
      dependencies: [
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      path: "Tests/TestSupport",
      swiftSettings: settings),
    .testTarget(
      name: "ByteStreamsTests", dependencies: ["ByteStreams", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "SiteConfTests", dependencies: ["SiteConf", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "DeletionTests", dependencies: ["Deletion", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "BackendsTests", dependencies: ["Backends", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "CondorJobTests", dependencies: ["CondorJob", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "CampaignTests",
      dependencies: ["ByteStreams", "Campaign", "Deletion", "swab-submit", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "CommandTests", dependencies: ["swab", "TestSupport"], swiftSettings: settings),

    // The whole executable against real storage.
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "swab", "swab-submit", "TestSupport", .product(name: "Subprocess", package: "swift-subprocess"),
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
      name: "CondorTests", dependencies: ["ByteStreams", "Campaign", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "StaticTests",
      dependencies: ["TestSupport", .product(name: "Subprocess", package: "swift-subprocess")],
      swiftSettings: settings),
    .testTarget(
      name: "WrapperTests",
      dependencies: ["TestSupport", .product(name: "Subprocess", package: "swift-subprocess")],
      swiftSettings: settings),
  ]
)

// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is compiled as strictly as the toolchain can: a warning is an error.
let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module under Sources/, and what it is built on.
func module(_ name: String, on dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of a module; `data` are folders of cases that the tests read where they lie in the tree.
func tests(
  _ name: String, on dependencies: [Target.Dependency], data: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, exclude: data, swiftSettings: strict)
}

let package = Package(
  name: "planetbed",
  products: [.executable(name: "planetbed", targets: ["planetbed"])],
  targets: [
    // The program, from the outside in.
    .executableTarget(
      name: "planetbed", dependencies: ["Commands"], swiftSettings: strict),
    module(
      "Commands",
      on: [
        "Diagnostics", "Inventories", "Roles", "Stages", "Planning", "Execution", "Transport",
        "SSHTransport", "Measurement", "Lab", "Reporting", "ShellPrograms", "TOMLReading",
        "LatencyInjection", "LatencyProfiles", "Experiments", "Report", "Clocks", "CPlatform",
      ]),
    module(
      "Reporting",
      on: [
        "Diagnostics", "Inventories", "ShellPrograms", "Roles", "Stages", "Planning", "Execution",
        "Measurement", "LatencyInjection", "LatencyProfiles", "Clocks", "Experiments",
      ]),
    module("Report", on: ["Diagnostics", "Inventories", "Measurement"]),
    module(
      "Experiments",
      on: [
        "Diagnostics", "Digests", "Inventories", "ShellPrograms", "Stages", "Transport", "Clocks",
        "LatencyInjection", "LatencyProfiles", "Measurement", "Execution",
      ]),
    module(
      "Measurement",
      on: [
        "Diagnostics", "Inventories", "ShellPrograms", "Transport", "Stages", "LatencyInjection",
      ]),
    module(
      "Lab", on: ["Diagnostics", "Digests", "Inventories", "CPlatform"]),
    module(
      "Execution",
      on: [
        "Diagnostics", "Digests", "Inventories", "ShellPrograms", "Roles", "Planning", "Transport",
        "Stages", "LatencyInjection", "LatencyProfiles", "Clocks", "CSQLite",
      ]),

    // The pure core: values in, values out.
    module(
      "Planning", on: ["Diagnostics", "Inventories", "Roles", "Stages", "TOMLReading"]),
    module("LatencyProfiles", on: ["Diagnostics", "Digests", "Inventories", "TOMLReading"]),
    module(
      "LatencyInjection", on: ["Diagnostics", "Inventories", "ShellPrograms", "Stages"]),
    module("Stages", on: ["Diagnostics", "Digests", "Inventories", "Roles"]),
    module("Roles", on: ["Diagnostics", "Digests", "TOMLReading", "ShellPrograms"]),
    module("Inventories", on: ["Diagnostics", "Digests", "TOMLReading"]),
    module("ShellPrograms"),
    module("TOMLReading", on: ["Diagnostics", "CTOML"]),
    module("Digests"),
    module("Diagnostics"),

    // The edge: how a program reaches a machine.
    module(
      "SSHTransport", on: ["Diagnostics", "ShellPrograms", "Transport", "CLibSSH2", "CPlatform"]),
    module("Clocks", on: ["Diagnostics", "ShellPrograms", "Transport"]),
    module("Transport", on: ["ShellPrograms"]),

    // C, each with one Swift importer, but for CPlatform (what Glibc's overlay leaves out).
    .target(name: "CTOML", path: "Sources/Interop/CTOML"),
    .target(name: "CPlatform", path: "Sources/Interop/CPlatform"),
    .systemLibrary(
      name: "CLibSSH2", path: "Sources/Interop/CLibSSH2", pkgConfig: "libssh2",
      providers: [.apt(["libssh2-1-dev"])]),
    .systemLibrary(
      name: "CSQLite", path: "Sources/Interop/CSQLite", pkgConfig: "sqlite3",
      providers: [.apt(["libsqlite3-dev"])]),

    // Tests mirror the modules.
    tests(
      "ExperimentsTests",
      on: [
        "Experiments", "Diagnostics", "Digests", "Inventories", "ShellPrograms", "Stages",
        "Transport", "Clocks", "LatencyInjection", "Measurement", "Execution", "TestSupport",
      ], data: ["Starts/Cases"]),
    tests("DiagnosticsTests", on: ["Diagnostics"]),
    tests("DigestsTests", on: ["Digests"]),
    tests(
      "ExecutionTests",
      on: [
        "Execution", "Diagnostics", "Inventories", "ShellPrograms", "Roles", "Stages", "Planning",
        "Transport", "Clocks", "LatencyInjection", "LatencyProfiles", "CPlatform",
      ]),
    tests(
      "LatencyProfilesTests",
      on: [
        "Diagnostics", "Inventories", "LatencyProfiles", "Stages", "TestSupport", "TOMLReading",
      ], data: ["Fixtures"]),
    tests(
      "MeasurementTests",
      on: [
        "Measurement", "Diagnostics", "Inventories", "LatencyInjection", "Stages", "ShellPrograms",
        "Transport", "TestSupport",
      ], data: ["Cases"]),
    tests(
      "ReportTests", on: ["Report", "Diagnostics", "Inventories", "Measurement", "TestSupport"],
      data: ["Snapshots"]),
    tests(
      "ReportingTests",
      on: [
        "Reporting", "Diagnostics", "Execution", "Inventories", "LatencyInjection", "Measurement",
        "Planning", "Roles", "Stages",
        "ShellPrograms", "TestSupport",
        "Clocks", "LatencyProfiles", "Experiments",
      ], data: ["Snapshots"]),
    tests(
      "CommandsTests",
      on: [
        "Commands", "Reporting", "Diagnostics", "Execution", "Inventories", "Measurement",
        "Planning", "Clocks", "LatencyInjection", "LatencyProfiles", "Roles", "ShellPrograms",
        "Stages", "Transport", "TOMLReading", "TestSupport", "Experiments", "Report",
      ]),
    tests("LabTests", on: ["TestSupport"]),
    .target(
      name: "TestSupport", dependencies: ["CPlatform"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "LabModuleTests", dependencies: ["Lab", "Diagnostics", "Inventories"],
      path: "Tests/LabUnitTests", exclude: ["FetchStandIns"], swiftSettings: strict),
    tests(
      "ClocksTests", on: ["Clocks", "Diagnostics", "ShellPrograms", "Transport", "CPlatform"]),
    tests("TransportTests", on: ["Transport", "ShellPrograms", "Diagnostics"]),
    tests("ShellProgramsTests", on: ["ShellPrograms"]),
    tests(
      "RolesTests",
      on: [
        "Diagnostics", "Digests", "TOMLReading", "ShellPrograms", "Roles", "CPlatform",
        "TestSupport",
      ],
      data: ["Cases", "StandIns"]),
    tests("TOMLReadingTests", on: ["Diagnostics", "TOMLReading"]),
    tests(
      "InventoriesTests",
      on: ["Diagnostics", "Digests", "Inventories", "TOMLReading", "TestSupport"],
      data: ["Fixtures"]),
    tests(
      "SSHTransportTests",
      on: ["Diagnostics", "ShellPrograms", "Transport", "SSHTransport", "CPlatform"]),
    tests(
      "StagesTests",
      on: ["Diagnostics", "Digests", "Inventories", "Roles", "Stages", "TestSupport"],
      data: ["Cases", "Expected"]),
    tests(
      "LatencyInjectionTests",
      on: [
        "LatencyInjection", "Diagnostics", "Inventories", "Roles", "ShellPrograms", "Stages",
        "TestSupport",
      ],
      data: ["Calls", "Rules", "StandIns"]),
    tests(
      "PlanningTests",
      on: [
        "Diagnostics", "Inventories", "ShellPrograms", "Roles", "Stages", "Planning", "TestSupport",
      ],
      data: ["TestRoles", "TestTemplates"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

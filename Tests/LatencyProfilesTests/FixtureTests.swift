import Inventories
import TestSupport
import Testing

/// Each `Fixtures/NAME.toml` is a profile, and `NAME.expected` its timetable for inventory/lab.toml, or
/// everything that is wrong with it; `Shipped/NAME.expected` is that of inventory/profiles/NAME.toml.
@Suite struct FixtureTests {
  static func lab() throws -> Inventory {
    try InventoryReader.read(file: "\(Folder.inventory.path)/lab.toml").inventory
  }

  @Test(arguments: Folder.fixtures.names(endingWith: ".toml"))
  func saysWhatIsExpected(name: String) throws {
    var lab = try Self.lab()
    lab.file = "lab.toml"
    let said = Judgement.of(
      try Folder.fixtures.read(name), file: name, in: .fixtures, for: lab)
    let difference = try Snapshot.difference(
      of: said, from: "\(Folder.fixtures.path)/\(name.dropLast(5)).expected")
    #expect(difference == nil)
  }

  @Test(arguments: Folder.profiles.names(endingWith: ".toml"))
  func shippedProfilesFitTheLab(name: String) throws {
    let said = Judgement.of(
      try Folder.profiles.read(name), file: name, in: .profiles, for: try Self.lab())
    #expect(!said.contains("error") && !said.contains("warning"))
    let difference = try Snapshot.difference(
      of: said, from: "\(Folder.fixtures.path)/Shipped/\(name.dropLast(5)).expected")
    #expect(difference == nil)
  }
}

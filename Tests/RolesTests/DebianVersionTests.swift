import Testing

@testable import Roles

/// Debian Policy, section 5.6.12.
@Suite struct DebianVersionTests {
  @Test(arguments: [
    ("1.33.1-1.1", "1.34.2-*"), ("1.9.0-1", "1.34.2-*"), ("1.34.1-1.1", "1.34.2-1.1"),
    ("1.0~rc1-1", "1.0-1"), ("1.0~~", "1.0~"), ("1.0", "1.0a"), ("1.0a", "1.0+"),
    ("2.0-1", "1:1.0-1"), ("1.6.20~ds1-1", "1.6.20-1"), ("1.0-1", "1.0-1.1"), ("1.0-9", "1.0-10"),
    ("1.002", "1.3"), ("1.0-", "1.0-1"),
  ])
  func oneComesBeforeTheOther(_ left: String, _ right: String) {
    #expect(DebianVersion(left) < DebianVersion(right))
    #expect(!(DebianVersion(right) < DebianVersion(left)))
  }

  @Test(arguments: [("1.0-0", "1.0"), ("0:1.0-1", "1.0-1"), ("1.00-1", "1.0-1")])
  func theyAreTheSame(_ left: String, _ right: String) {
    #expect(DebianVersion(left) == DebianVersion(right))
  }

  @Test func patterns() {
    #expect(DebianVersion.matches("1.34.2-1.1", "1.34.2-*"))
    #expect(!DebianVersion.matches("1.34.20-1.1", "1.34.2-*"))
    #expect(DebianVersion.matches("1.34.2-1.1", "1.34.2-1.1"))
    #expect(!DebianVersion.matches("1.34.2-1.1", "1.34.2-1"))
    #expect(DebianVersion.matches("anything", "*"))
  }
}

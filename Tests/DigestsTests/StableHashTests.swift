import Digests
import Testing

@Suite struct StableHashTests {
  /// FNV's own test vectors have no end of a word, so these are planetbed's: tunnels have their
  /// addresses and ports from them.
  @Test func isTheSameForever() {
    #expect(StableHash(["keio", "kyutech"]).spread == 14_771_919_153_414_182_932)
    #expect(StableHash([]).hexadecimal == "cbf29ce484222325")
  }

  @Test func keepsWordsApart() {
    #expect(StableHash(["ab", "c"]).value != StableHash(["a", "bc"]).value)
  }

  @Test func widensToAMachineID() {
    let wide = StableHash.wideHexadecimal(["machine-id", "lab", "router"])
    #expect(wide.utf8.count == 32)
    #expect(wide.hasPrefix(StableHash(["machine-id", "lab", "router"]).hexadecimal))
    #expect(!wide.hasSuffix(wide.prefix(16)))
  }
}

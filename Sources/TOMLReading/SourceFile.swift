import Diagnostics
import Glibc

/// Files that a person wrote and names to us.
package enum SourceFile {
  /// The bytes of a file of at most `TOMLDocument.sizeLimit` bytes.
  ///
  /// Throws, with exit status 2, when it is missing, unreadable, a directory or too large; a file
  /// that is too large is not read first.
  package static func bytes(of file: String) throws(Problem) -> [UInt8] {
    var bytes: [UInt8] = []
    try pieces(of: file, limit: TOMLDocument.sizeLimit) {
      bytes += $0
      return true
    }
    return bytes
  }

  /// Hands over a file of at most `limit` bytes piece by piece, until `body` answers false.
  ///
  /// Throws, with exit status 2, when it is missing, unreadable, a directory or too large.
  package static func pieces(
    of file: String, limit: Int, _ body: (ArraySlice<UInt8>) -> Bool
  ) throws(Problem) {
    guard !file.utf8.contains(0) else {
      throw Problem("a file's name cannot contain a NUL character", exitStatus: .usage)
    }
    let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw unreadable(file, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(file, errno) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw Problem(
        "\(file) is a directory", detail: "Name the file in it.", exitStatus: .usage)
    }
    guard status.st_size <= limit else { throw tooLarge(file, limit: limit) }
    // A pipe has no size beforehand: read to the end, or to one byte too many.
    var total = 0
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while total <= limit {
      let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(file, errno)
      }
      if count == 0 { return }
      total += count
      guard total <= limit else { break }
      if !body(chunk[..<count]) { return }
    }
    throw tooLarge(file, limit: limit)
  }

  static func tooLarge(_ file: String, limit: Int = TOMLDocument.sizeLimit) -> Problem {
    Problem(
      "\(file) is larger than \(limit / 1_000_000) MB",
      detail: limit == TOMLDocument.sizeLimit
        ? "A file that a person wrote is not that large. Is it the right one?"
        : "Is it the right one?",
      exitStatus: .usage)
  }

  private static func unreadable(_ file: String, _ code: Int32) -> Problem {
    Problem(
      "cannot read \(file): \(String(cString: strerror(code)))",
      detail: code == ENOENT ? "Look at the spelling, and at the folder you are in." : "",
      exitStatus: .usage)
  }
}

/// Whether bytes are UTF-8.
enum UTF8Check {
  /// The offset of the first byte that is not part of a character; nil when all are.
  static func firstInvalid(in bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      if lead < 0x80 {
        index += 1
        continue
      }
      // The Unicode Standard, table 3-7: the second byte's range depends on the first.
      let (length, second): (Int, ClosedRange<UInt8>)
      switch lead {
      case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
      case 0xe0: (length, second) = (3, 0xa0...0xbf)
      case 0xed: (length, second) = (3, 0x80...0x9f)
      case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
      case 0xf0: (length, second) = (4, 0x90...0xbf)
      case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
      case 0xf4: (length, second) = (4, 0x80...0x8f)
      default: return index
      }
      guard index + length <= bytes.count, second.contains(bytes[index + 1]),
        bytes[(index + 2)..<(index + length)].allSatisfy({ (0x80...0xbf).contains($0) })
      else { return index }
      index += length
    }
    return nil
  }
}

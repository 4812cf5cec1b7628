/// How a program tells its results on standard output, so that nothing that it runs can forge one.
///
/// The first line is `planetbed 1 BOUNDARY`, written before anything else is run. Each result is a
/// frame: `BOUNDARY LENGTH WORDS…`, a line end, LENGTH bytes of payload, a line end. The boundary is
/// random, and what other programs write travels only as payload, whose length is told beforehand.
package enum FrameFormat {
  /// A new boundary: 32 hexadecimal digits that cannot be guessed.
  package static func randomBoundary() -> String {
    var random = SystemRandomNumberGenerator()
    return (0..<4).map { _ in
      let digits = String(random.next() as UInt32, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// The sh text that a program begins with: `frame WORDS PAYLOAD` then writes a frame.
  ///
  /// Frames leave by descriptor 3; descriptor 1 becomes standard error, so that a stray line
  /// cannot stand between two frames. `${#2}` counts bytes in the C locale.
  package static func opening(boundary: String) -> String {
    """
    LC_ALL=C
    export LC_ALL
    boundary=\(boundary)
    exec 3>&1 1>&2 </dev/null
    printf 'planetbed 1 %s\\n' "$boundary" >&3
    frame() { printf '%s %s %s\\n%s\\n' "$boundary" "${#2}" "$1" "$2" >&3; }

    """
  }
}

/// One result of a program.
package struct Frame: Sendable, Hashable {
  /// What it is and what it is about, never empty.
  package var words: [String]
  /// Its content.
  package var payload: [UInt8]

  /// One result of a program.
  package init(words: [String], payload: [UInt8]) {
    self.words = words
    self.payload = payload
  }

  /// The content as text; bytes that are not UTF-8 become U+FFFD.
  package var text: String { String(decoding: payload, as: UTF8.self) }
}

/// Why a machine's output is not what a program of ours writes.
package struct FrameError: Error, Sendable, Hashable {
  /// What is wrong with it, in one line.
  package var reason: String

  /// Why a machine's output is not what a program of ours writes.
  package init(_ reason: String) { self.reason = reason }
}

/// Reads frames from a stream, in pieces of any size.
package struct FrameDecoder: Sendable {
  /// What may stand before the first line of ours: what a login shell's start files write.
  package static let longestNoise = 65_536
  private static let longestHeader = 4_096

  /// What comes next.
  private enum State: Sendable {
    /// Our first line has not come yet.
    case opening
    /// A frame's first line.
    case header
    /// A frame's content and its line end.
    case payload([String], length: Int)
  }

  private let payloadLimit: Int
  private var state = State.opening
  private var boundary: [UInt8] = []
  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var noise = 0

  /// A reader that refuses frames with more than `payloadLimit` bytes.
  package init(payloadLimit: Int = 256 << 20) { self.payloadLimit = payloadLimit }

  /// Whether our first line has come.
  package var isOpen: Bool { if case .opening = state { false } else { true } }

  /// The frames that these bytes complete.
  package mutating func consume(_ bytes: some Collection<UInt8>) throws(FrameError) -> [Frame] {
    buffer += bytes
    var frames: [Frame] = []
    while try step(&frames) {}
    buffer.removeFirst(start)
    (start, scanned) = (0, max(0, scanned - start))
    return frames
  }

  /// To be called when the stream has ended.
  package func finish() throws(FrameError) {
    switch state {
    case .opening: throw FrameError("it ended before the program began")
    case .header where start == buffer.count: return
    default: throw FrameError("it ended in the middle of a result")
    }
  }

  /// Takes one thing from the buffer; false when more bytes are needed.
  private mutating func step(_ frames: inout [Frame]) throws(FrameError) -> Bool {
    switch state {
    case .opening:
      guard let line = try line(limit: Self.longestNoise) else { return false }
      noise += line.count + 1
      guard noise <= Self.longestNoise else { throw FrameError("its output is not ours") }
      let opening = Array("planetbed 1 ".utf8)
      if line.starts(with: opening), line.count == opening.count + 32 {
        boundary = Array(line.dropFirst(opening.count)) + [UInt8(ascii: " ")]
        state = .header
      }
    case .header:
      guard let line = try line(limit: Self.longestHeader) else { return false }
      guard line.starts(with: boundary) else {
        throw FrameError("a result does not begin as one")
      }
      let words = String(decoding: line.dropFirst(boundary.count), as: UTF8.self)
        .split(separator: " ").map(String.init)
      guard words.count >= 2, let length = Int(words[0]), length >= 0 else {
        throw FrameError("a result does not begin as one")
      }
      guard length <= payloadLimit else {
        throw FrameError("a result of \(length) bytes is longer than any that is expected")
      }
      state = .payload(Array(words.dropFirst()), length: length)
    case .payload(let words, let length):
      guard buffer.count - start > length else { return false }
      guard buffer[start + length] == UInt8(ascii: "\n") else {
        throw FrameError("a result is not as long as it says")
      }
      frames.append(Frame(words: words, payload: Array(buffer[start..<(start + length)])))
      start += length + 1
      scanned = start
      state = .header
    }
    return true
  }

  /// The next line, without its end; nil when it has not all come.
  private mutating func line(limit: Int) throws(FrameError) -> ArraySlice<UInt8>? {
    guard let end = buffer[max(start, scanned)...].firstIndex(of: UInt8(ascii: "\n")) else {
      scanned = buffer.count
      guard buffer.count - start <= limit else { throw FrameError("its output is not ours") }
      return nil
    }
    defer { (start, scanned) = (end + 1, end + 1) }
    return buffer[start..<end]
  }
}

/// Bytes on their way between a carrier and libssh2: appended at the end, taken from the front.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var head = 0

  /// How many bytes wait.
  var count: Int { bytes.count - head }
  var isEmpty: Bool { head == bytes.count }

  mutating func append(_ new: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: new)
  }

  /// Copies the first bytes out and drops them; returns how many.
  mutating func take(into target: UnsafeMutableRawBufferPointer) -> Int {
    let taken = min(count, target.count)
    bytes.withUnsafeBytes { source in
      target.copyBytes(from: source[head..<(head + taken)])
    }
    drop(taken)
    return taken
  }

  /// Lends the first bytes, `limit` at most.
  func withFirst<Result>(
    _ limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try bytes.withUnsafeBytes { source in
      try body(UnsafeRawBufferPointer(rebasing: source[head..<(head + min(limit, count))]))
    }
  }

  /// Drops the first bytes. What was taken is moved out only now and then: a queue of megabytes
  /// that is emptied in small pieces would otherwise be copied once for each.
  mutating func drop(_ dropped: Int) {
    head += dropped
    if head == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.count <= 1 << 18)
      head = 0
    } else if head > 1 << 18 && head > bytes.count / 2 {
      bytes.removeFirst(head)
      head = 0
    }
  }
}

import CLibSSH2
import Glibc

/// A direct-tcpip channel of one session that carries the bytes of another, inner one. Both live
/// on one loop, and what goes between them goes through memory.
final class Tunnel: SessionChannel, Carrier {
  private static let chunk = 32768

  private let channel: OpaquePointer
  private unowned let outer: Session
  /// nil once the inner session has ended: then only the server still has to let go.
  private var inner: Session?
  private var pendingWrite: Int?
  private var isAtEnd = false

  init(_ channel: OpaquePointer, of outer: Session, for inner: Session) {
    self.channel = channel
    self.outer = outer
    self.inner = inner
    outer.channels.append(self)
  }

  // MARK: - The outer session's channel

  func step(_ session: Session) -> Bool {
    guard let inner else {
      return libssh2_channel_free(channel) != LIBSSH2_ERROR_EAGAIN
    }
    read(for: inner)
    write(from: inner)
    return false
  }

  private func read(for inner: Session) {
    guard !isAtEnd else { return }
    withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
      while true {
        let count = libssh2_channel_read_ex(
          channel, 0, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        if count > 0 {
          inner.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          continue
        }
        if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN) { outer.breakOff() }
        if count == 0, libssh2_channel_eof(channel) == 1 {
          isAtEnd = true
          inner.receiveEnd("the machine closed the connection")
        }
        return
      }
    }
  }

  private func write(from inner: Session) {
    let hadRoom = inner.hasRoomToSend
    while !inner.outbound.isEmpty, outer.hasRoomToSend {
      let count = pendingWrite ?? min(Self.chunk, inner.outbound.count)
      let written = inner.outbound.withFirst(count) { bytes in
        libssh2_channel_write_ex(
          channel, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
      }
      if written == Int(LIBSSH2_ERROR_EAGAIN) {
        pendingWrite = count
        break
      }
      pendingWrite = nil
      if written <= 0 { break }
      inner.outbound.drop(written)
    }
    if !hadRoom, inner.hasRoomToSend { inner.reactor.pumpLater(inner) }
  }

  func sessionEnded(_ error: any Error) {
    let inner = inner
    self.inner = nil
    inner?.carrier = nil
    inner?.fail(error)
  }

  // MARK: - The inner session's carrier

  func flush(_ session: Session) {
    // The outer session writes when its turn comes; it may be the one that drives us now.
    if !session.outbound.isEmpty { outer.reactor.pumpLater(outer) }
  }

  func close(_ session: Session) {
    write(from: session)
    inner = nil
    outer.reactor.pumpLater(outer)
  }
}

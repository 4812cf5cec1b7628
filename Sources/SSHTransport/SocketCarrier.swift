import CPlatform
import Glibc

/// A TCP connection that carries a session.
final class SocketCarrier: Carrier {
  private static let chunk = 1 << 16
  /// How much one session may receive before the others of its loop have their turn.
  private static let chunksPerTurn = 16

  private let descriptor: Int32
  private let reactor: Reactor
  private var token: UInt64 = 0
  private var waitsToSend = false

  /// Takes over a connected, non-blocking socket.
  init(_ descriptor: Int32, for session: Session) throws {
    self.descriptor = descriptor
    reactor = session.reactor
    token = try reactor.watch(descriptor, for: EPOLLIN.rawValue) { [weak self, weak session] in
      guard let self, let session else { return }
      ready($0, session)
    }
  }

  private func ready(_ events: UInt32, _ session: Session) {
    if events & EPOLLOUT.rawValue != 0 { flush(session) }
    if events & ~EPOLLOUT.rawValue != 0 { receive(session) }
  }

  private func receive(_ session: Session) {
    withUnsafeTemporaryAllocation(byteCount: Self.chunk, alignment: 16) { buffer in
      for _ in 0..<Self.chunksPerTurn {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 {
          session.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
          if count < buffer.count { return }
        } else if count == 0 {
          return end(session, "the other side closed it")
        } else if errno == EAGAIN {
          return
        } else if errno != EINTR {
          return end(session, systemMessage(errno))
        }
      }
    }
  }

  private func end(_ session: Session, _ reason: String) {
    // Level-triggered: the end would be told again and again.
    reactor.change(token, descriptor, to: 0)
    session.receiveEnd(reason)
  }

  func flush(_ session: Session) {
    guard session.inboundEnd == nil else { return }
    let hadRoom = session.hasRoomToSend
    var isFull = false
    while !session.outbound.isEmpty, !isFull {
      let sent = session.outbound.withFirst(Self.chunk) { bytes in
        send(
          descriptor, bytes.baseAddress, bytes.count,
          Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if sent >= 0 {
        session.outbound.drop(sent)
      } else if errno == EAGAIN {
        isFull = true
      } else if errno != EINTR {
        return end(session, systemMessage(errno))
      }
    }
    if isFull != waitsToSend {
      waitsToSend = isFull
      let events = isFull ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
      reactor.change(token, descriptor, to: events)
    }
    if !hadRoom, session.hasRoomToSend { reactor.pumpLater(session) }
  }

  func close(_ session: Session) {
    flush(session)
    reactor.unwatch(token, descriptor)
    Glibc.close(descriptor)
  }
}

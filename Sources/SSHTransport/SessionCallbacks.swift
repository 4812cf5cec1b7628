import Diagnostics
import CLibSSH2
import Glibc
import Transport

/// A signature that the agent makes while libssh2 waits. libssh2 asks with a callback that may say
/// "not yet" and is then asked again.
enum Signing {
  /// libssh2 has not asked.
  case idle
  /// libssh2 asked for a signature over these bytes.
  case asked([UInt8])
  /// The agent made it.
  case made([UInt8])
  /// The agent refused.
  case refused
}

/// What libssh2 calls. Each finds its session in libssh2's `abstract`, unretained: the session
/// takes itself out before it frees `raw`, and all runs on the session's loop.
enum SessionCallbacks {
  typealias Abstract = UnsafeMutablePointer<UnsafeMutableRawPointer?>
  typealias Send = @convention(c) (Int32, UnsafeRawPointer?, Int, Int32, Abstract?) -> Int
  typealias Receive = @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int32, Abstract?) -> Int
  typealias Disconnect =
    @convention(c) (
      OpaquePointer?, Int32, UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Abstract?
    ) -> Void

  static func session(_ abstract: Abstract?) -> Session? {
    guard let pointer = abstract?.pointee else { return nil }
    return Unmanaged<Session>.fromOpaque(pointer).takeUnretainedValue()
  }

  static func install(on session: Session) {
    libssh2_session_abstract(session.raw)?.pointee = Unmanaged.passUnretained(session).toOpaque()
    func set(_ kind: Int32, _ function: UnsafeMutableRawPointer) {
      libssh2_session_callback_set(session.raw, kind, function)
    }
    set(LIBSSH2_CALLBACK_SEND, unsafeBitCast(send, to: UnsafeMutableRawPointer.self))
    set(LIBSSH2_CALLBACK_RECV, unsafeBitCast(receive, to: UnsafeMutableRawPointer.self))
    set(LIBSSH2_CALLBACK_DISCONNECT, unsafeBitCast(disconnect, to: UnsafeMutableRawPointer.self))
  }

  private static let send: Send = { _, bytes, count, _, abstract in
    guard let session = SessionCallbacks.session(abstract), let bytes else { return -Int(EPIPE) }
    session.outbound.append(UnsafeRawBufferPointer(start: bytes, count: count))
    return count
  }

  private static let receive: Receive = { _, bytes, count, _, abstract in
    guard let session = SessionCallbacks.session(abstract), let bytes else { return -Int(EPIPE) }
    if session.inbound.isEmpty {
      return session.failsReceiving ? -Int(ECONNRESET) : -Int(EAGAIN)
    }
    return session.inbound.take(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
  }

  private static let disconnect: Disconnect = { _, _, message, count, _, _, abstract in
    guard let session = SessionCallbacks.session(abstract), let message, count >= 0 else { return }
    let bytes = UnsafeRawBufferPointer(start: message, count: Int(count))
    session.farewell = VisibleText.lines(bytes, limit: 300)
  }

  /// Signs with what the agent made: `libssh2_userauth_publickey`'s callback.
  typealias Sign =
    @convention(c) (
      OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
      UnsafeMutablePointer<Int>?, UnsafePointer<UInt8>?, Int, Abstract?
    ) -> Int32

  static let sign: Sign = { _, signature, signatureCount, data, count, abstract in
    guard let session = SessionCallbacks.session(abstract), let data else {
      return LIBSSH2_ERROR_METHOD_NONE
    }
    switch session.signing {
    case .idle:
      session.signing = .asked(Array(UnsafeBufferPointer(start: data, count: count)))
      return LIBSSH2_ERROR_EAGAIN
    case .asked:
      return LIBSSH2_ERROR_EAGAIN
    case .made(let made):
      // libssh2 frees it with its own allocator, which is malloc's.
      guard let copy = malloc(max(1, made.count)) else { return LIBSSH2_ERROR_ALLOC }
      made.withUnsafeBytes { if let base = $0.baseAddress { memcpy(copy, base, $0.count) } }
      signature?.pointee = copy.assumingMemoryBound(to: UInt8.self)
      signatureCount?.pointee = made.count
      return 0
    case .refused:
      return LIBSSH2_ERROR_METHOD_NONE
    }
  }

  /// Answers keyboard-interactive's hidden questions with the password, the others with nothing.
  typealias Respond =
    @convention(c) (
      UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Int32,
      UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?,
      UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?, Abstract?
    ) -> Void

  static let respond: Respond = { _, _, _, _, count, prompts, responses, abstract in
    guard let session = SessionCallbacks.session(abstract), let prompts, let responses else {
      return
    }
    for index in 0..<Int(max(0, count)) {
      let answer = prompts[index].echo == 0 ? session.keyboardAnswer : []
      guard let copy = malloc(max(1, answer.count)) else { return }
      answer.withUnsafeBytes { if let base = $0.baseAddress { memcpy(copy, base, $0.count) } }
      responses[index].text = copy.assumingMemoryBound(to: CChar.self)
      responses[index].length = UInt32(answer.count)
    }
  }
}

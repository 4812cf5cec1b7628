/// Where a program's text goes: standard output and standard error, or what a test puts there.
package struct Console: Sendable {
  /// One of the two.
  package struct Stream: Sendable {
    /// Writes text, all of it.
    package var write: @Sendable (String) -> Void
    /// Writes bytes as they are, all of them.
    package var writeBytes: @Sendable ([UInt8]) -> Void
    /// How wide it is and whether colours are used.
    package var layout: TextLayout
    /// Whether it is a terminal, on which text can be drawn anew.
    package var isTerminal: Bool

    /// One of the two; without a way to write bytes, they are taken for text.
    package init(
      layout: TextLayout = TextLayout(), isTerminal: Bool = false,
      writeBytes: (@Sendable ([UInt8]) -> Void)? = nil, write: @escaping @Sendable (String) -> Void
    ) {
      self.write = write
      self.writeBytes = writeBytes ?? { write(String(decoding: $0, as: UTF8.self)) }
      self.layout = layout
      self.isTerminal = isTerminal
    }
  }

  /// Results, for people and for programs.
  package var output: Stream
  /// Diagnostics, questions and progress.
  package var errors: Stream

  /// Where a program's text goes.
  package init(output: Stream, errors: Stream) {
    self.output = output
    self.errors = errors
  }
}

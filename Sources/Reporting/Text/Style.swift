/// What a piece of text means, which colour shows.
package enum Tone: Sendable {
  /// Something that is wrong.
  case error
  /// Something to look at.
  case warning
  /// Something that is as it should be, or that is added.
  case good
  /// Something that changes.
  case change
  /// Something that is taken away.
  case removal
  /// A heading or a name.
  case strong
  /// Something beside the point.
  case faint
}

/// Whether colours are used, and how (ECMA-48, Select Graphic Rendition).
package struct Style: Sendable, Hashable {
  /// Whether colours are used.
  package var usesColor: Bool

  /// With or without colours.
  package init(usesColor: Bool) { self.usesColor = usesColor }

  /// The text in the colour of its meaning.
  package func callAsFunction(_ text: String, _ tone: Tone) -> String {
    guard usesColor, !text.isEmpty else { return text }
    let code =
      switch tone {
      case .error: "1;31"
      case .warning: "1;33"
      case .good: "32"
      case .change: "33"
      case .removal: "31"
      case .strong: "1"
      case .faint: "2"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}

/// What a text is drawn for: how wide, and in which style.
package struct TextLayout: Sendable, Hashable {
  /// The columns that prose and tables may take.
  package var columns: Int
  /// With or without colours.
  package var style: Style

  /// What a text is drawn for; a pipe, which has no width of its own, is taken as 80 columns wide.
  package init(columns: Int? = nil, usesColor: Bool = false) {
    // Narrower than this, nothing that we draw can be read at all.
    self.columns = max(columns ?? 80, 20)
    self.style = Style(usesColor: usesColor)
  }
}

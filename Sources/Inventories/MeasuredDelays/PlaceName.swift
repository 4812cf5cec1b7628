/// How names of cities are compared: without upper and lower case, blanks, hyphens, points and
/// apostrophes, so that "New York" is "NewYork" and "St. Louis" is "StLouis".
struct PlaceName: Hashable {
  private let letters: String

  /// A name as somebody wrote it.
  init(_ text: String) {
    letters = String(
      text.lowercased().filter { !$0.isWhitespace && $0 != "-" && $0 != "." && $0 != "'" })
  }
}

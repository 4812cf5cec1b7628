/// Quoting for POSIX sh.
package enum ShellQuoting {
  /// The text as one word that a POSIX shell takes literally: in single quotes, each single quote
  /// within as `'\''` (POSIX.1-2017, Shell Command Language, 2.2.2).
  package static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
      + "'"
  }
}

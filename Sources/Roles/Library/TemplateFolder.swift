import Diagnostics
import TOMLReading

/// The templates, read and cut once, before any role asks for one.
struct TemplateFolder: Sendable {
  /// The folder.
  let root: String
  private var templates: [String: Found] = [:]

  /// What there is of a template.
  enum Found: Sendable {
    case found(TextTemplate)
    /// It is there, and this is wrong with it.
    case wrong(Diagnostic)
    /// It is not there; perhaps that one was meant.
    case missing(String?)
  }

  /// Reads all templates below a folder.
  init(_ root: String) throws(Problem) {
    self.root = root
    for path in try Folder.files(below: root) {
      let file = "\(root)/\(path)"
      let bytes = try SourceFile.bytes(of: file)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        templates[path] = .wrong(
          Diagnostic(
            .error, "\(file) is not UTF-8 text",
            at: SourcePosition(file: file, line: 1, column: 1)))
        continue
      }
      let source = SourceText(file: file, text: text)
      do throws(TemplateError) {
        templates[path] = .found(TextTemplate(template: try Template(text), source: source))
      } catch {
        templates[path] = .wrong(source.diagnostic(error))
      }
    }
  }

  /// The template of that path.
  func template(_ path: String) -> Found {
    templates[path] ?? .missing(Suggestion.closest(to: path, among: templates.keys.sorted()))
  }
}

import Diagnostics
import Foundation

/// Where the roles and templates that come with the program are.
struct ShareFolders {
  /// The folder of roles.
  let roles: String
  /// The folder of templates.
  let templates: String

  /// Looks for the folders: where `--roles` and `--templates` say, else in `$PLANETBED_SHARE`, else
  /// in `PREFIX/share/planetbed` of the program in `PREFIX/bin`, else in the tree that it was built in.
  static func find(
    _ arguments: ParsedArguments, environment: [String: String],
    program: String? = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  ) throws(Problem) -> ShareFolders {
    let roles = arguments.value(RoleOptions.roles)
    let templates = arguments.value(RoleOptions.templates)
    if let roles, let templates { return ShareFolders(roles: roles, templates: templates) }
    var candidates: [String] = []
    if let share = environment["PLANETBED_SHARE"], !share.isEmpty {
      candidates = [share]
    } else if let program {
      var folder = URL(filePath: program).deletingLastPathComponent()
      candidates.append(
        folder.deletingLastPathComponent().appending(path: "share/planetbed").path)
      // .build/<triple>/<configuration>/planetbed is four below the tree; look a little further.
      for _ in 0..<6 {
        folder = folder.deletingLastPathComponent()
        candidates.append(folder.path)
      }
    }
    let found = candidates.first { candidate in
      ["roles", "templates"].allSatisfy { isFolder("\(candidate)/\($0)") }
    }
    guard let found else {
      throw Problem(
        "the program's roles and templates are not found",
        detail: "Looked for folders roles and templates in \(candidates.joined(separator: ", ")). "
          + "Set PLANETBED_SHARE to the folder that has both.", exitStatus: .usage)
    }
    return ShareFolders(
      roles: roles ?? "\(found)/roles", templates: templates ?? "\(found)/templates")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

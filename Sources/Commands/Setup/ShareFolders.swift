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
    let candidates = candidates(environment: environment, program: program)
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

  /// The folder of the recipe of the lab's Kubernetes, looked for in the same places; nil when it is
  /// in none of them.
  static func kubernetesRecipe(
    environment: [String: String],
    program: String? = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  ) -> String? {
    recipe("lab-kubernetes", environment: environment, program: program)
  }

  /// The folder of the recipe of the lab routers' kernel, likewise.
  static func routerKernelRecipe(
    environment: [String: String],
    program: String? = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  ) -> String? {
    recipe("lab-router-kernel", environment: environment, program: program)
  }

  private static func recipe(
    _ name: String, environment: [String: String], program: String?
  ) -> String? {
    candidates(environment: environment, program: program).map { "\($0)/scripts/\(name)" }
      .first { FileManager.default.fileExists(atPath: "\($0)/build.sh") }
  }

  private static func candidates(environment: [String: String], program: String?) -> [String] {
    if let share = environment["PLANETBED_SHARE"], !share.isEmpty { return [share] }
    guard let program else { return [] }
    var folder = URL(filePath: program).deletingLastPathComponent()
    var candidates = [folder.deletingLastPathComponent().appending(path: "share/planetbed").path]
    // .build/<triple>/<configuration>/planetbed is four below the tree; look a little further.
    for _ in 0..<6 {
      folder = folder.deletingLastPathComponent()
      candidates.append(folder.path)
    }
    return candidates
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

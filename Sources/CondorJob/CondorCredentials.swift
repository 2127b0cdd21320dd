import FoundationEssentials

/// The folder where HTCondor keeps a job's tokens fresh.
public enum CondorCredentials {
  /// The token file of the job: `cms.use` in the folder `_CONDOR_CREDS`, else the first `*.use` by name; nil
  /// if there is none. HTCondor replaces the file from time to time, so it is to be read anew for each use.
  public static func tokenFile(
    environment: [String: String],
    names: (String) throws -> [String] = { try FileManager.default.contentsOfDirectory(atPath: $0) }
  ) -> String? {
    guard let folder = environment["_CONDOR_CREDS"], !folder.isEmpty,
      let names = try? names(folder)
    else { return nil }
    let tokens = names.filter { $0.hasSuffix(".use") && !$0.hasPrefix(".") }.sorted()
    guard let name = tokens.contains("cms.use") ? "cms.use" : tokens.first else { return nil }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }
}

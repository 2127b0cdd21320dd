#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension CondorPool {
  /// What `make static` has built, and the wrapper, where the pool's user can run them: the sources may lie where
  /// only we can go.
  public func tools() throws -> String {
    let place = folder + "/tools"
    if Disk.exists(place) { return place }
    Disk.makeFolder(place)
    let files = [
      Repository.staticSwab, Repository.staticSwab + "-submit", Repository.root + "/Wrapper/swab-job.sh",
    ]
    for file in files {
      guard Disk.exists(file) else { throw TestTrouble("\(file) is missing: run \"make static\"") }
      let name = file.split(separator: "/").last ?? ""
      Disk.write("\(place)/\(name)", bytes: Disk.bytes(file), mode: 0o755)
    }
    return place
  }

  /// Makes a token in a folder, with which clients are taken for the pool's user, wherever they are.
  public func makeToken(in place: String) async throws {
    let token = try await administer(["condor_token_create", "-identity", "swab@pool.test"])
    Disk.write(place + "/pool", token, mode: 0o600)
    if let user { chown(place + "/pool", user, gid_t.max) }
  }

  /// Gives the jobs of the pool's user a token, as `$_CONDOR_CREDS/cms.use`: what a credential monitor does.
  public func setToken(_ text: String) async throws {
    let source = folder + "/cms.use"
    Disk.write(source, text, mode: 0o600)
    let place = "/var/lib/condor/oauth_credentials/swab"
    // Never half of it. The monitor's own file, "top", is what a submission looks for.
    for words in [
      ["install", "-d", "-o", "root", "-g", "condor", "-m", "2700", place],
      ["install", "-o", "root", "-g", "condor", "-m", "600", source, place + "/cms.top"],
      ["install", "-o", "root", "-g", "condor", "-m", "600", source, place + "/cms.new"],
      ["mv", place + "/cms.new", place + "/cms.use"],
    ] { try await administer(words) }
  }

  /// The values that an expression has for the jobs in the queue; one line a job, values apart by blanks.
  public func queue(_ constraint: String, _ attributes: String...) async throws -> [String] {
    let done = try await run(["condor_q", "-allusers", "-constraint", constraint, "-af"] + attributes)
    guard done.code == 0 else { throw TestTrouble("condor_q: \(done.messages)") }
    return done.output.split(separator: "\n").map(String.init)
  }

  /// Does something to the jobs that an expression is true for: `rm`, `hold`, `release`, `vacate_job`.
  public func act(_ verb: String, _ constraint: String, _ further: String...) async throws {
    let done = try await run(["condor_\(verb)", "-constraint", constraint] + further)
    guard done.code == 0 else { throw TestTrouble("condor_\(verb): \(done.messages)\(done.output)") }
  }
}

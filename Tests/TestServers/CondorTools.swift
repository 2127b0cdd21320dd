import Glibc
import TestSupport

extension CondorPool {
  /// What `make static` has built, and the wrapper, where the pool's user can run them: the sources may lie where
  /// only we can go.
  package func tools() throws -> String {
    let location = directory + "/tools"
    if Disk.exists(location) { return location }
    Disk.makeDirectory(location)
    let files = [
      Repository.staticSwab, Repository.staticSwab + "-submit", Repository.root + "/Wrapper/swab-job.sh",
    ]
    for file in files {
      guard Disk.exists(file) else { throw TestFailure("\(file) is missing: run \"make static\"") }
      let name = file.split(separator: "/").last ?? ""
      Disk.write("\(location)/\(name)", bytes: Disk.bytes(file), mode: 0o755)
    }
    return location
  }

  /// Makes a token in a directory, with which clients are taken for the pool's user, wherever they are.
  package func makeToken(in location: String) async throws {
    let token = try await administer(["condor_token_create", "-identity", "swab@pool.test"])
    Disk.write(location + "/pool", token, mode: 0o600)
    if let user { chown(location + "/pool", user, gid_t.max) }
  }

  /// Gives the jobs of the pool's user a token, as `$_CONDOR_CREDS/cms.use`: what a credential monitor does.
  package func setToken(_ text: String) async throws {
    let source = directory + "/cms.use"
    Disk.write(source, text, mode: 0o600)
    let location = "/var/lib/condor/oauth_credentials/swab"
    // Never half of it. The monitor's own file, "top", is what a submission looks for.
    for arguments in [
      ["install", "-d", "-o", "root", "-g", "condor", "-m", "2700", location],
      ["install", "-o", "root", "-g", "condor", "-m", "600", source, location + "/cms.top"],
      ["install", "-o", "root", "-g", "condor", "-m", "600", source, location + "/cms.new"],
      ["mv", location + "/cms.new", location + "/cms.use"],
    ] { try await administer(arguments) }
  }

  /// The values that an expression has for the jobs in the queue; one line a job, values apart by blanks.
  package func queue(_ constraint: String, _ attributes: String...) async throws -> [String] {
    let done = try await run(["condor_q", "-allusers", "-constraint", constraint, "-af"] + attributes)
    guard done.code == 0 else { throw TestFailure("condor_q: \(done.messages)") }
    return done.output.split(separator: "\n").map(String.init)
  }

  /// Does something to the jobs that an expression is true for: `rm`, `hold`, `release`, `vacate_job`.
  package func act(_ verb: String, _ constraint: String, _ further: String...) async throws {
    let done = try await run(["condor_\(verb)", "-constraint", constraint] + further)
    guard done.code == 0 else { throw TestFailure("condor_\(verb): \(done.messages)\(done.output)") }
  }
}

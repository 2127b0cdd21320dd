import DeletionModel
import FoundationEssentials
import SystemPackage

/// Makes findings of the places where an X.509 credential may be.
package struct X509Inspection {
  package let read: CredentialFile.Reader
  package let now: Date

  /// The finding for one place; nil for a default place where nothing is.
  package func finding(at source: X509Discovery.Source) -> CredentialFinding? {
    switch source {
    case .proxy(let source):
      switch load(source) {
      case .failure(let problem):
        if problem.isMissing && source.variable == nil { return nil }
        return problem.finding(.proxy, source: source.description)
      case .success(let file):
        return judge(.proxy, source: source.description, chain: file, key: file)
      }
    case .certificate(let certificate, let key):
      let source = [certificate, key].compactMap { $0?.description }.joined(separator: ", ")
      guard let certificate else {
        return CredentialFinding(
          .certificate, source: source, state: .malformed, problem: "X509_USER_CERT is not set")
      }
      let chain: Loaded
      switch load(certificate) {
      case .failure(let problem): return problem.finding(.certificate, source: source)
      case .success(let file): chain = file
      }
      // Without X509_USER_KEY the key may stand behind the certificate, in its file.
      guard let key else {
        let hint = chain.contents.hasKey ? nil : "X509_USER_KEY is not set and the file has no private key"
        return judge(.certificate, source: source, chain: chain, key: chain, noKey: hint)
      }
      switch load(key) {
      case .failure(let problem): return problem.finding(.certificate, source: source, prefix: "key: ")
      case .success(let file): return judge(.certificate, source: source, chain: chain, key: file)
      }
    }
  }

  private func judge(
    _ kind: CredentialKind, source: String, chain: Loaded, key: Loaded, noKey: String? = nil
  ) -> CredentialFinding {
    var finding = CredentialFinding(kind, source: source, state: .malformed)
    guard !chain.contents.certificates.isEmpty else {
      finding.problem = "no certificate in it"
      return finding
    }
    var certificates: [X509Certificate] = []
    for (index, der) in chain.contents.certificates.enumerated() {
      guard let certificate = try? X509Certificate(der: der) else {
        finding.problem = "certificate \(index + 1) of \(chain.contents.certificates.count) cannot be read"
        return finding
      }
      certificates.append(certificate)
    }
    finding.subject = certificates.first?.subject
    finding.issuer = certificates.first?.issuer
    // Every link has to hold: the chain lasts as long as the first of it to end.
    finding.expires = certificates.map(\.notAfter).min()
    guard key.contents.hasKey else {
      finding.problem = noKey ?? "no private key in it"
      return finding
    }
    guard !key.contents.isKeyEncrypted else {
      finding.problem = "the private key asks for a pass phrase, which nobody can type in a job"
      return finding
    }
    // The certificates are public; only who may read the key matters.
    (finding.state, finding.problem) = CredentialValidity.judge(
      notBefore: certificates.map(\.notBefore).max(), expires: finding.expires,
      permissions: key.permissions, now: now)
    // As the grid tools have it: whoever reads the key can be its owner.
    if finding.state == .worldReadable { finding.problem? += "; a private key like that is not used" }
    return finding
  }

  private struct Loaded {
    let contents: PEM.Contents
    let permissions: FilePermissions
  }

  private struct LoadError: Error {
    var state: CredentialState
    var problem: String
    var isMissing = false

    func finding(_ kind: CredentialKind, source: String, prefix: String = "") -> CredentialFinding {
      CredentialFinding(kind, source: source, state: state, problem: prefix + problem)
    }
  }

  private func load(_ source: CredentialSource) -> Result<Loaded, LoadError> {
    guard let path = source.path, !path.isEmpty else {
      return .failure(LoadError(state: .empty, problem: "the variable is set, but empty"))
    }
    let file: CredentialFile
    do throws(Errno) {
      file = try read(path)
    } catch {
      let isMissing = error == .noSuchFileOrDirectory || error == .notDirectory
      let problem = isMissing ? "no such file" : CredentialInspection.text(of: error)
      return .failure(LoadError(state: .unreadable, problem: problem, isMissing: isMissing))
    }
    if BearerTokenSyntax.stripped(file.bytes).isEmpty {
      return .failure(LoadError(state: .empty, problem: "the file is empty"))
    }
    do throws(PEM.ParseError) {
      return .success(Loaded(contents: try PEM.read(file.bytes), permissions: file.permissions))
    } catch {
      return .failure(LoadError(state: .malformed, problem: error.problem))
    }
  }
}

/// Names a trivial file catalog: `trivialcatalog_file:PATH?protocol=P[&destination=D]`, the form of a
/// `<catalog url>` in site-local-config.xml.
///
/// The parameters may stand in any order (CMSSW FileLocator.cc; WMCore knows only `?protocol=` and takes the
/// rest of the text for the protocol's name).
public struct ContactString: Sendable, Equatable {
  /// What a rule's `destination-match` is held against where the contact string names no destination.
  public static let anyDestination = "any"

  /// The absolute path of the catalog on this machine, with one slash at its start.
  public let path: String
  /// The protocols to try in this order; at least one.
  public let protocols: [String]
  /// What a rule's `destination-match` is held against.
  public let destination: String

  /// Takes a contact string apart.
  ///
  /// - Throws: ``SiteConfProblem``, at the given place, for another form, a path that is not absolute or no
  ///   protocol.
  public init(_ text: String, file: String, line: Int? = nil) throws(SiteConfProblem) {
    func problem(_ what: String) -> SiteConfProblem {
      SiteConfProblem(
        file: file, line: line, what: "catalog url \"\(text)\": \(what)",
        whatToDo: "write trivialcatalog_file:/PATH?protocol=NAME")
    }
    let scheme = "trivialcatalog_file:"
    guard text.hasPrefix(scheme) else { throw problem("it is not a \(scheme) one") }
    let parts = text.dropFirst(scheme.count).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0]
    guard path.hasPrefix("/"), let start = path.firstIndex(where: { $0 != "/" }) else {
      throw problem("the path is not absolute")
    }
    self.path = "/" + path[start...]
    var protocols: [String] = []
    var destination = ""
    for parameter in parts.dropFirst().joined().split(separator: "&") {
      let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count > 1 ? pair[1] : ""
      switch pair[0] {
      case "protocol": protocols = value.split(separator: ",").map(String.init)
      case "destination": destination = String(value)
      default: break
      }
    }
    guard !protocols.isEmpty else { throw problem("it names no protocol") }
    self.protocols = protocols
    self.destination = destination.isEmpty ? Self.anyDestination : destination
  }
}

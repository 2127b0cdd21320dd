import SiteConf

/// Whether jobs at a site will find an RSE in the site's configuration.
package enum SiteFinding: Sendable, Equatable {
  /// The configuration of the site is not on this machine.
  case unknown
  /// They will.
  case agrees
  /// The configuration can't be used for it: why, and what to do.
  case broken(String)
  /// It is of another site, or does not have the RSE.
  case differs(String)

  init(_ configuration: SiteConfiguration, rse: String, site: String) {
    guard configuration.siteName == site else {
      self = .differs("\(configuration.path) is the configuration of \(configuration.siteName)")
      return
    }
    let entries = configuration.stageOuts.filter { $0.rse == rse }
    // Where storage.json can't be read it is not known of which RSE an entry is.
    let problems = (entries + configuration.stageOuts.filter { $0.rse == nil }).compactMap(\.problem)
    if entries.contains(where: { $0.problem == nil }) {
      self = .agrees
    } else if let problem = problems.first {
      self = .broken("\(problem)")
    } else {
      let others = Set(configuration.stageOuts.compactMap(\.rse)).sorted()
      self = .differs(
        "\(configuration.path) has \(others.isEmpty ? "no RSE" : others.joined(separator: ", ")), and not \(rse)"
      )
    }
  }
}

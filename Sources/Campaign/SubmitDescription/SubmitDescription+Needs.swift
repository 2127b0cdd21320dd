extension SubmitDescription {
  /// What the jobs ask of a machine, and whose they are.
  func needs() throws -> [String] {
    var lines = [
      "request_cpus = \(settings.cpus)",
      "request_memory = \(settings.memory)MB",
      "request_disk = \(settings.disk)MB",
    ]
    if !isGrid, let requirements = try requirements(withSite: true) {
      lines.append("requirements = \(requirements)")
    }
    if let priority = settings.priority { lines.append("priority = \(priority)") }
    if let group = settings.accountingGroup {
      lines.append("accounting_group = \(try SubmitText.plain(group))")
    }
    if let user = settings.accountingGroupUser {
      lines.append("accounting_group_user = \(try SubmitText.plain(user))")
    }
    if let image = settings.containerImage {
      lines.append("container_image = \(try SubmitText.plain(image))")
      // The node has it already.
      if image.hasPrefix("/cvmfs/") { lines.append("transfer_container = False") }
    }
    if let image = settings.singularityImage {
      lines.append("My.SingularityImage = \(try SubmitText.string(image))")
    }
    return lines
  }

  /// What a machine has to fulfil. One that says at which site it is must be at ours; one that does not, in a pool of one
  /// site, may be.
  ///
  /// condor_submit adds `TARGET.X >= RequestX` for every attribute `RequestX` of a job, which no machine of a pool without
  /// X fulfils. It does not where X is mentioned already.
  func requirements(withSite: Bool) throws -> String? {
    var parts: [String] = []
    if withSite {
      parts.append(
        "(TARGET.GLIDEIN_CMSSite =?= undefined || stringListMember(TARGET.GLIDEIN_CMSSite, MY.DESIRED_Sites))"
      )
      parts.append("(TARGET.ioslots =?= undefined || TARGET.ioslots >= MY.Requestioslots)")
      if settings.requestedRuntime != nil {
        parts.append("(TARGET.Runtime =?= undefined || TARGET.Runtime >= MY.RequestRuntime)")
      }
    }
    if withSite { parts += try hostRequirements() }
    if let further = settings.requirements { parts.append("(\(try SubmitText.expression(further)))") }
    return parts.isEmpty ? nil : parts.joined(separator: " && ")
  }

  /// What the jobs may show to the storage.
  func credentials() throws -> [String] {
    // It is among the files.
    if hasMacaroon { return [] }
    var lines: [String] = []
    if !settings.oauthServices.isEmpty {
      let names = settings.oauthServices.map(\.name)
      lines.append("use_oauth_services = \(names.joined(separator: ", "))")
      for service in settings.oauthServices {
        if let permissions = service.permissions {
          lines.append("\(service.name)_oauth_permissions = \(try SubmitText.plain(permissions))")
        }
        if let resource = service.resource {
          lines.append("\(service.name)_oauth_resource = \(try SubmitText.plain(resource))")
        }
      }
    }
    switch settings.x509Proxy {
    case nil: break
    case "auto": lines.append("use_x509userproxy = True")
    case .some(let path): lines.append("x509userproxy = \(try SubmitText.plain(path))")
    }
    return lines
  }
}

extension SubmitDescription {
  /// Attributes of the jobs' ads: ours, the field's, and the site's, which win.
  func attributes() throws -> [String] {
    let minutes = settings.maxWallMinutes
    let campaign = try SubmitText.string(SubmitText.label(manifest.name))
    let site = try SubmitText.string(manifest.site)
    var values: [(String, String)] = [
      (JobAttribute.campaign, try SubmitText.string(manifest.id)),
      (JobAttribute.round, "\(round.round)"),
      // A macro on purpose: each job's number, from the table below.
      (JobAttribute.job, "\"$(job)\""),
      (JobAttribute.rse, try SubmitText.string(manifest.rse)),
      ("DESIRED_Sites", site), ("ExtDESIRED_Sites", site),
      ("CMS_JobType", "\"Cleanup\""), ("CMS_Type", "\"production\""), ("CMS_WMTool", "\"swab\""),
      ("CMS_SubmissionTool", "\"swab-submit\""), ("CMS_CampaignName", campaign),
      ("MaxWallTimeMins", "\(minutes)"), ("OriginalMaxWallTimeMins", "\(minutes)"),
      ("EstimatedSingleCoreMins", "\(minutes * settings.cpus)"),
      ("Requestioslots", "1"), ("RequiresGPU", "0"), ("REQUIRED_OS", "\"any\""),
      ("REQUIRED_MINIMUM_MICROARCH", "0"),
    ]
    if isPart { values.append((JobAttribute.jobs, "\(round.jobs.count)")) }
    values += machineAttributes()
    if let jobClass = settings.jobClass { values.append(("JobFlavour", try SubmitText.string(jobClass))) }
    if let runtime = settings.requestedRuntime { values.append(("RequestRuntime", "\(runtime)")) }
    if let project = settings.project { values.append(("MyProject", try SubmitText.string(project))) }
    for attribute in settings.attributes {
      values.removeAll { $0.0.lowercased() == attribute.name.lowercased() }
      values.append((attribute.name, try SubmitText.expression(attribute.expression)))
    }
    return values.map { "My.\($0.0) = \($0.1)" }
  }
}

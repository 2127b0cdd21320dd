import ArgumentParser

/// Which site configuration, and how much of it.
struct SiteOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The site-local-config.xml. Without it: $WMAGENT_SITE_CONFIG_OVERRIDE, $SITECONFIG_PATH/JobConfig, $CMS_PATH/SITECONF/local, then /cvmfs/cms.cern.ch/SITECONF/local.",
      valueName: "file"))
  var siteConfig: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Use only the stage-out entry of this RSE, and fail where the site has none.", valueName: "rse"))
  var rse: String?

  @Flag(name: .long, help: "Use also storage that storage.json calls read-only or virtual.")
  var ignoreAccess = false
}

/// How the stage-out entries are deleted from.
struct BackendOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Use this backend and no other, whatever the site's command, the PFN and the endpoint say; see \"swab backends\".",
      valueName: "name"))
  var backend: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Use this instead of the site's stage-out entries: the PFN is P followed by the LFN.",
      valueName: "command=C,lfn-prefix=P,phedex-node=N"))
  var override: String?
}

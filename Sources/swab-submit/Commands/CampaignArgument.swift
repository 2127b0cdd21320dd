import ArgumentParser
import Campaign

/// The folder of a campaign, for the commands that work on one.
struct CampaignArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The campaign's folder, as \"plan\" made it.", valueName: "dir"))
  var directory: String

  /// Absolute, because HTCondor's tools run elsewhere.
  var folder: CampaignFolder { CampaignFolder(named: directory) }
}

import ArgumentParser
import Campaign
import CommandSupport

/// The directory of a campaign, for the commands that work on one.
struct CampaignArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The campaign's directory, as \"plan\" made it.", valueName: "dir"))
  var path: String

  @OptionGroup var messages: MessageOptions

  /// Absolute, because HTCondor's tools run elsewhere.
  var directory: CampaignDirectory { CampaignDirectory(named: path) }
}

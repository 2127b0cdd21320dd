import ArgumentParser
import Campaign
import FoundationEssentials

/// The folder of a campaign, for the commands that work on one.
struct CampaignArgument: ParsableArguments {
  @Argument(help: ArgumentHelp("The campaign's folder, as \"plan\" made it.", valueName: "dir"))
  var directory: String

  /// The folder, absolute, without a slash at its end.
  var folder: CampaignFolder {
    var path = directory
    if !path.hasPrefix("/") { path = FileManager.default.currentDirectoryPath + "/" + path }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return CampaignFolder(path)
  }
}

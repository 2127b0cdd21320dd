import ArgumentParser
import Campaign
import FoundationEssentials

/// The folder of a campaign.
struct CampaignArgument: ParsableArguments {
  @Argument(help: "The campaign's folder, as \"plan\" made it.")
  var directory: String

  /// Absolute, because HTCondor's tools run elsewhere; without a slash at its end.
  var folder: CampaignFolder {
    var path =
      directory.hasPrefix("/") ? directory : "\(FileManager.default.currentDirectoryPath)/\(directory)"
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return CampaignFolder(path)
  }
}

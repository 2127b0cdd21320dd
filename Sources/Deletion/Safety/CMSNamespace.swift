/// The top of the LFN namespace of CMS.
enum CMSNamespace {
  /// The areas directly below `/store/`.
  static let areas: Set<String> = [
    "backfill", "caf", "data", "express", "generator", "group", "hidata", "himc", "local", "logs", "lumi",
    "mc", "PhEDEx_LoadTest07", "relval", "results", "sam", "SAM", "streamer", "t0streamer", "t0temp", "temp",
    "test", "unmerged", "user",
  ]
}

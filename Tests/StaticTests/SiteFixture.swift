/// A SITECONF whose storage has doors at the given addresses.
enum SiteFixture {
  /// The files by path, below the directory that `SITECONFIG_PATH` names.
  static func files(endpoints: [String]) -> [(path: String, text: String)] {
    let names = endpoints.indices.map { "door\($0)" }
    let methods = names.map { #"<method volume="Test_Volume" protocol="\#($0)"/>"# }.joined()
    let protocols = zip(names, endpoints).map {
      #"{"protocol":"\#($0)","access":"global-rw","prefix":"\#($1)"}"#
    }
    return [
      (
        "JobConfig/site-local-config.xml",
        #"<site-local-config><site name="T2_XX_Test"><stage-out>\#(methods)</stage-out></site></site-local-config>"#
      ),
      (
        "storage.json",
        """
        [{"site":"T2_XX_Test","volume":"Test_Volume","type":"DISK","rse":"T2_XX_Test",
          "protocols":[\(protocols.joined(separator: ","))]}]
        """
      ),
    ]
  }
}

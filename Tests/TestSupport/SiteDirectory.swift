import FoundationEssentials

/// A SITECONF directory of a made-up site.
package struct SiteDirectory: Sendable {
  /// A stage-out method and the volume it names.
  package struct Method: Sendable {
    var rse: String
    var command: String
    var protocolName: String
    var prefix: String

    /// - Parameter prefix: what stands before an LFN.
    package init(rse: String, command: String, protocolName: String, prefix: String) {
      self.rse = rse
      self.command = command
      self.protocolName = protocolName
      self.prefix = prefix
    }
  }

  private let directory: TemporaryDirectory

  /// Where it is: the value for `SITECONFIG_PATH`.
  package var path: String { directory.path }
  /// Its site-local-config.xml.
  package var config: String { directory.path + "/JobConfig/site-local-config.xml" }

  /// A site with methods, through storage.json.
  ///
  /// - Parameters:
  ///   - further: more elements of the site, as XML.
  ///   - parent: where it is made; nil: where the machine has its temporary files.
  package init(_ methods: [Method], further: String = "", in parent: String? = nil) throws {
    directory = try TemporaryDirectory(in: parent)
    Disk.makeDirectory(directory.path + "/JobConfig")
    let elements = methods.map {
      #"<method volume="\#($0.rse)_Disk" protocol="\#($0.protocolName)" command="\#($0.command)"/>"#
    }.joined()
    Disk.write(
      config, Self.siteConfig((methods.isEmpty ? "" : "<stage-out>\(elements)</stage-out>") + further))
    let volumes = methods.map { method in
      """
      {"site": "T2_XX_Test", "volume": "\(method.rse)_Disk", "type": "DISK", "rse": "\(method.rse)",
        "protocols": [
          {"protocol": "Unused", "access": "global-rw", "prefix": "davs://unused.invalid:2880/cms"},
          {"protocol": "\(method.protocolName)", "access": "global-rw", "prefix": "\(method.prefix)"}]}
      """
    }
    Disk.write(directory.path + "/storage.json", "[\(volumes.joined(separator: ",\n"))]\n")
  }

  /// A site in the older form: a local stage-out through storage.xml, and whatever else.
  ///
  /// - Parameter rules: `<lfn-to-pfn …>` elements.
  package init(localStageOut command: String, protocolName: String, rules: String, further: String = "")
    throws
  {
    directory = try TemporaryDirectory()
    Disk.makeDirectory(directory.path + "/JobConfig")
    Disk.write(directory.path + "/storage.xml", "<storage-mapping>\(rules)</storage-mapping>\n")
    Disk.write(
      config,
      Self.siteConfig(
        """
        <local-stage-out>
          <command value="\(command)"/>
          <catalog url="trivialcatalog_file:\(directory.path)/storage.xml?protocol=\(protocolName)"/>
          <phedex-node value="T2_XX_Test"/>
        </local-stage-out>\(further)
        """))
  }

  private static func siteConfig(_ elements: String) -> String {
    "<site-local-config><site name=\"T2_XX_Test\">\(elements)</site></site-local-config>\n"
  }
}

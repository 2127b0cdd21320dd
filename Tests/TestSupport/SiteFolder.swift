import FoundationEssentials

/// A SITECONF folder of a made-up site.
public struct SiteFolder: Sendable {
  /// A stage-out method and the volume it names.
  public struct Method: Sendable {
    var rse: String
    var command: String
    var protocolName: String
    var prefix: String

    /// - Parameter prefix: what stands before an LFN.
    public init(rse: String, command: String, protocolName: String, prefix: String) {
      self.rse = rse
      self.command = command
      self.protocolName = protocolName
      self.prefix = prefix
    }
  }

  private let folder: TemporaryFolder

  /// Where it is: the value for `SITECONFIG_PATH`.
  public var path: String { folder.path }
  /// Its site-local-config.xml.
  public var config: String { folder.path + "/JobConfig/site-local-config.xml" }

  /// A site with methods, through storage.json.
  ///
  /// - Parameters:
  ///   - further: more elements of the site, as XML.
  ///   - parent: where it is made; nil: where the machine has its temporary files.
  public init(_ methods: [Method], further: String = "", in parent: String? = nil) throws {
    folder = try TemporaryFolder(in: parent)
    Disk.makeFolder(folder.path + "/JobConfig")
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
    Disk.write(folder.path + "/storage.json", "[\(volumes.joined(separator: ",\n"))]\n")
  }

  /// A site in the older form: a local stage-out through storage.xml, and whatever else.
  ///
  /// - Parameter rules: `<lfn-to-pfn …>` elements.
  public init(localStageOut command: String, protocolName: String, rules: String, further: String = "") throws
  {
    folder = try TemporaryFolder()
    Disk.makeFolder(folder.path + "/JobConfig")
    Disk.write(folder.path + "/storage.xml", "<storage-mapping>\(rules)</storage-mapping>\n")
    Disk.write(
      config,
      Self.siteConfig(
        """
        <local-stage-out>
          <command value="\(command)"/>
          <catalog url="trivialcatalog_file:\(folder.path)/storage.xml?protocol=\(protocolName)"/>
          <phedex-node value="T2_XX_Test"/>
        </local-stage-out>\(further)
        """))
  }

  private static func siteConfig(_ elements: String) -> String {
    "<site-local-config><site name=\"T2_XX_Test\">\(elements)</site></site-local-config>\n"
  }
}

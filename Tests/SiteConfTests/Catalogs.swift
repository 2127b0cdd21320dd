import SiteConf

/// Small catalogs for tests.
enum Catalogs {
  /// A storage.xml with these `<lfn-to-pfn>` elements, each given by its attributes.
  static func xml(_ rules: [String], protocolName: String = "p") throws -> Catalog {
    let lines = rules.map { "<lfn-to-pfn \($0)/>" }.joined(separator: "\n")
    let text = "<storage-mapping>\n\(lines)\n</storage-mapping>"
    return try Catalog.load(Array(text.utf8), file: "storage.xml", protocolName: protocolName)
  }

  /// A storage.xml with one rule for the protocol `p`.
  static func xml(pattern: String, result: String) throws -> Catalog {
    try xml([#"protocol="p" path-match="\#(pattern)" result="\#(result)""#])
  }

  /// A storage.json with these protocols in the volume V of T2_XX_Example.
  static func json(_ protocols: String, protocolName: String = "p") throws -> Catalog {
    let text = #"[{"site": "T2_XX_Example", "volume": "V", "rse": "R", "protocols": [\#(protocols)]}]"#
    return try Catalog.load(
      Array(text.utf8), file: "storage.json", protocolName: protocolName, volume: "V",
      storageSite: "T2_XX_Example")
  }
}

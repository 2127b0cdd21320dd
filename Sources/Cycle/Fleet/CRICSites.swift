import Campaign
import FoundationEssentials
import HTTPTransport

/// Which sites' jobs work with which RSE, as CRIC tells WMCore (Services/CRIC/CRIC.py, `PNNstoPSNs`): a table with its columns named
/// beside it.
enum CRICSites {
  private struct Answer: Decodable {
    struct Description: Decodable { var columns: [String] }
    var desc: Description
    var result: [[Cell]]
  }

  /// A text; anything else is as if it were not there.
  private struct Cell: Decodable {
    var text: String?
    init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
  }

  /// Asks. Throws ``CampaignError``.
  static func read(from base: String, _ web: HTTPListClient) throws -> [String: [String]] {
    let path = "/api/cms/site/query/?json&preset=data-processing&rcsite_state=ANY"
    let url = try HTTPURL(option: (base.hasSuffix("/") ? String(base.dropLast()) : base) + path)
    return try sites(try web.ask(url, headers: ["Accept: application/json"]).text, source: "\(url)")
  }

  /// Reads an answer.
  static func sites(_ json: [UInt8], source: String) throws(CampaignError) -> [String: [String]] {
    guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(json)),
      let storage = answer.desc.columns.firstIndex(of: "phedex_name"),
      let site = answer.desc.columns.firstIndex(of: "psn_name")
    else { throw CampaignError(.badInput, "\(source): the answer is not the JSON that CRIC gives") }
    var sites: [String: Set<String>] = [:]
    for row in answer.result where row.indices.contains(storage) && row.indices.contains(site) {
      // Names become those of directories, and expressions of HTCondor.
      guard let storage = row[storage].text, let site = row[site].text, PlainName.isOne(storage),
        PlainName.isOne(site)
      else { continue }
      sites[storage, default: []].insert(site)
    }
    guard !sites.isEmpty else { throw CampaignError(.badInput, "\(source): it names no site") }
    return sites.mapValues { $0.sorted() }
  }
}

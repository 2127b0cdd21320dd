import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials
import HTTPTransport

/// Rucio's REST interface, as far as it is needed: which RSEs there are.
struct RucioClient {
  private let base: String
  private let settings: CycleSettings
  private let web: HTTPListClient

  init(_ base: String, _ settings: CycleSettings, _ web: HTTPListClient) {
    (self.base, self.settings, self.web) = (base, settings, web)
  }

  /// The RSEs of an expression, and those of all where nothing may be deleted. Throws ``CampaignError``.
  func rses(_ expression: String) throws -> (names: [String], unavailable: [String]) {
    let token = try token()
    let chosen = try lines("/rses/?expression=\(PercentEncoding.encoded(expression))", token).map(\.rse)
    let all = try lines("/rses/", token)
    guard !chosen.isEmpty else {
      throw CampaignError(.badInput, "\(base): no RSE fits the expression \(expression)")
    }
    // Names become those of directories.
    if let wrong = chosen.first(where: { !PlainName.isOne($0) || $0.utf8.count > 200 }) {
      throw CampaignError(.badInput, "\(base): \"\(wrong)\" is no name of an RSE")
    }
    return (Set(chosen).sorted(), all.filter { $0.mayDelete == false }.map(\.rse).sorted())
  }

  /// A token: that of the file, or one that the authentication server gives for our certificate, proxy or bearer token.
  private func token() throws -> String {
    if let path = settings.rucioToken {
      let text: [UInt8]
      do {
        text = try FileSource.contents(of: path, limit: 1 << 16, regular: true)
      } catch {
        throw CampaignError(.noPermission, "\(error)")
      }
      return String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
    }
    let url = try Self.url((settings.rucioAuth ?? base), "/auth/\(web.hasProxy ? "x509_proxy" : "x509")")
    let account = settings.rucioAccount.map { ["X-Rucio-Account: \($0)"] } ?? []
    guard let token = try web.ask(url, headers: account, wanted: "X-Rucio-Auth-Token").field, !token.isEmpty
    else {
      throw CampaignError(.noPermission, "\(url): it gave no token")
    }
    return token
  }

  private struct Line: Decodable {
    var rse: String
    var mayDelete: Bool?

    private enum CodingKeys: String, CodingKey {
      case rse
      case mayDelete = "availability_delete"
    }
    private struct Inner: Decodable { var rse: String }

    /// `{"rse": NAME, …}`, or with an object of that form in the place of the name: both have been sent.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      if let name = try? container.decode(String.self, forKey: .rse) {
        rse = name
      } else {
        rse = try container.decode(Inner.self, forKey: .rse).rse
      }
      mayDelete = try? container.decode(Bool.self, forKey: .mayDelete)
    }
  }

  private func lines(_ path: String, _ token: String) throws -> [Line] {
    let url = try Self.url(base, path)
    let text = try web.ask(
      url, headers: ["X-Rucio-Auth-Token: \(token)", "Accept: application/x-json-stream"]
    ).text
    do {
      return try text.split(separator: 0x0A).map { try JSONDecoder().decode(Line.self, from: Data($0)) }
    } catch {
      throw CampaignError(.badInput, "\(url): the answer is not the JSON that Rucio gives")
    }
  }

  private static func url(_ base: String, _ path: String) throws -> HTTPURL {
    try HTTPURL(option: (base.hasSuffix("/") ? String(base.dropLast()) : base) + path)
  }
}

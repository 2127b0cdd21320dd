import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials

/// Sends MONIT the records of the jobs of campaigns that are over, those of each campaign once as far as MONIT has taken them.
struct MonitNotifier {
  let settings: CycleSettings
  let environment: [String: String]
  /// For so long further campaigns are begun, and so long each text may take, in seconds. What is not sent by then is sent after
  /// the next pass.
  var limit = 15.0

  /// `monit.json`: which campaigns it has the records of.
  private struct Document: Codable {
    static let schema = "swab.cycle-monit/1"
    var schema = Document.schema
    var told: [String: [String]] = [:]
  }

  private var directory: StateDirectory { StateDirectory(settings.state) }

  /// Sends what it lacks.
  ///
  /// - Returns: why it could not be sent, a line each.
  func notify(_ status: CycleStatus) async -> [String] {
    guard let url = settings.monit else { return [] }
    let before: Document = (try? CampaignFiles.read(directory.monit, Document.schema)) ?? Document()
    var after = Document()
    let headers: [String]
    do { headers = try authorization() } catch {
      return [MessageText.oneLine("\(url): \(error)", limit: 400)]
    }
    var problem: String?
    var unreadable: [String] = []
    let end = ContinuousClock.now + .seconds(limit)
    for row in status.rows {
      let rse = row.state.rse
      for result in row.state.campaigns where result.ended != nil {
        if before.told[rse]?.contains(result.campaign) != true {
          guard problem == nil, ContinuousClock.now < end else { continue }
          do {
            let records = try await records(result, directory.rse(rse).campaign(result.campaign))
            if let records { problem = await send(records, headers, to: url) }
          } catch {
            // One that is damaged keeps back none of the others.
            unreadable.append(MessageText.oneLine("\(url): \(error)", limit: 400))
            continue
          }
          guard problem == nil else { continue }
        }
        after.told[rse, default: []].append(result.campaign)
      }
    }
    var problems = unreadable + [problem].compactMap { $0 }
    do {
      if after.told != before.told { try CampaignFiles.write(after, to: directory.monit) }
    } catch {
      problems.append("\(error)")
    }
    return problems
  }

  /// What there is to be sent of a campaign; nil where it is not there any more. Throws ``CampaignError``, `FileError`.
  private func records(_ result: RSEState.Result, _ campaign: CampaignDirectory) async throws -> MonitRecords?
  {
    guard FileManager.default.fileExists(atPath: campaign.manifest) else { return nil }
    let status = try await CampaignStatus.read(campaign, from: NoQueue())
    let ended = result.ended.flatMap { try? Date($0, strategy: .iso8601) } ?? Date()
    return MonitRecords(producer: settings.monitProducer, campaign: campaign, status: status, ended: ended)
  }

  /// - Returns: why it was not taken; nil where it was.
  private func send(_ records: MonitRecords, _ headers: [String], to url: String) async -> String? {
    for index in 0..<records.count {
      let delivery = Delivery(
        method: "POST", url: url, type: "application/json", text: records.text(index), headers: headers,
        showsCredential: false, limit: limit)
      if let problem = await delivery.send(environment) { return problem }
    }
    return nil
  }

  /// Of the file with user and password, if there is one.
  private func authorization() throws -> [String] {
    guard let path = settings.monitPasswordFile else { return [] }
    let bytes = try FileSource.contents(of: path, limit: 4096, regular: true)
    let line = bytes.split(separator: UInt8(ascii: "\n")).first ?? []
    guard line.contains(UInt8(ascii: ":")) else {
      throw CampaignError(.noPermission, "\(path) has no line such as USER:PASSWORD")
    }
    return ["Authorization: Basic \(Data(line).base64EncodedString())"]
  }
}

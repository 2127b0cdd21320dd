import ByteStreams

/// HTCondor's event log (`log = …` of a submit description), in XML form (`log_xml = True`) or as text, also mixed.
///
/// It is written to while it is read, and by processes that can be killed: an event that is cut short is passed over.
/// Memory grows with the jobs, not with the events.
package struct EventLog: Sendable {
  /// A job of a schedd.
  package struct Key: Sendable, Hashable {
    /// `ClusterId`.
    package var cluster: Int
    /// `ProcId`.
    package var process: Int

    package init(cluster: Int, process: Int) {
      self.cluster = cluster
      self.process = process
    }
  }

  /// What the log says of each job.
  package private(set) var jobs: [Key: JobFacts] = [:]
  /// Clusters that were taken off the queue before all of their jobs were made: the first process that never will be.
  package private(set) var neverMadeFrom: [Int: Int] = [:]
  /// What the submit events of a cluster have as the submitter's note (`submit_event_user_notes`).
  package private(set) var notes: [Int: String] = [:]
  /// Clusters that the schedd makes the jobs of bit by bit, and that have not been taken off the queue.
  package private(set) var growing: Set<Int> = []
  private var isInXML = false
  private var xml: [UInt8] = []
  private var text: [String]?

  /// The most bytes of one event.
  private static let limit = 1 << 20
  /// The most bytes that are kept of a line of an event in text form.
  private static let lineLimit = 1 << 12

  /// Nothing yet.
  package init() {}

  /// Reads a log; an empty one where there is no such file.
  ///
  /// - Throws: `FileError`.
  package init(path: String) throws {
    try self.init(Self.source(path))
  }

  private static func source(_ path: String) throws -> any ByteSource {
    do {
      return try FileSource(regularFile: path)
    } catch {
      guard error.isMissing else { throw error }
      return MemorySource([])
    }
  }

  /// Reads a log. Throws what the source throws.
  init(_ source: any ByteSource) throws {
    var source = source
    var rest: [UInt8] = []
    while let chunk = try source.next() {
      rest += chunk
      var start = 0
      while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
        take(line: rest[start..<end])
        start = end + 1
      }
      rest.removeFirst(start)
      if rest.count > Self.limit { rest.removeAll() }
    }
  }

  /// Reads on, a line without its end.
  mutating func take(line: ArraySlice<UInt8>) {
    if line.elementsEqual("<c>".utf8) {
      // Nested ads never begin a line, and in a text "<" is written as an entity.
      isInXML = true
      xml.removeAll(keepingCapacity: true)
      text = nil
    } else if isInXML {
      if line.elementsEqual("</c>".utf8) {
        isInXML = false
        take(EventXML.attributes(xml[...]))
      } else if xml.count < Self.limit {
        xml += line
        xml.append(UInt8(ascii: "\n"))
      }
    } else if line.elementsEqual("...".utf8) {
      if let text { take(text) }
      text = nil
    } else if Self.isHeader(line) {
      text = [String(decoding: line, as: UTF8.self)]
    } else if let count = text?.count, count < 1000 {
      text?.append(String(decoding: line.prefix(Self.lineLimit), as: UTF8.self))
    }
  }

  /// Events 35 and 36 (ClusterSubmitEvent, ClusterRemoveEvent): a cluster whose jobs are made bit by bit comes and goes.
  private mutating func noteFactory(_ event: Int?, _ cluster: Int?) {
    guard let cluster else { return }
    if event == 35 { growing.insert(cluster) }
    if event == 36 { growing.remove(cluster) }
  }

  private mutating func take(_ ad: JobAttributes) {
    if ad.integer("EventTypeNumber") == 0, let cluster = ad.integer("Cluster"),
      let note = ad.string("UserNotes")
    {
      notes[cluster] = note
    }
    noteFactory(ad.integer("EventTypeNumber"), ad.integer("Cluster"))
    // ClusterRemoveEvent: a negative Completion is an error, 0 a cluster that is incomplete.
    if ad.integer("EventTypeNumber") == 36, let cluster = ad.integer("Cluster"),
      let next = ad.integer("NextProcId"),
      ad.integer("Completion").map({ $0 <= 0 }) ?? false
    {
      neverMadeFrom[cluster] = next
    }
    guard let cluster = ad.integer("Cluster"), let process = ad.integer("Proc"), let event = JobEvent(ad)
    else {
      return
    }
    jobs[Key(cluster: cluster, process: process), default: JobFacts(.events, status: nil)].take(event)
  }

  private mutating func take(_ lines: [String]) {
    guard let (number, job, title) = lines.first.flatMap(Self.header) else { return }
    noteFactory(number, job.cluster)
    guard let event = JobEvent(number: number, title: title, lines: lines.dropFirst().map { $0[...] })
    else { return }
    jobs[job, default: JobFacts(.events, status: nil)].take(event)
  }

  /// `012 (004.004.000) 2026-11-21 18:21:35 Job was held.`
  private static func header(_ line: String) -> (number: Int, job: Key, title: Substring)? {
    let fields = line.split(separator: " ", maxSplits: 2)
    guard fields.count == 3, let number = Int(fields[0]) else { return nil }
    let id = fields[1].dropFirst().dropLast().split(separator: ".")
    guard id.count >= 2, let cluster = Int(id[0]), let process = Int(id[1]) else { return nil }
    return (number, Key(cluster: cluster, process: process), fields[2])
  }

  private static func isHeader(_ line: ArraySlice<UInt8>) -> Bool {
    line.count > 6 && line.prefix(3).allSatisfy { (0x30...0x39).contains($0) }
      && line.dropFirst(3).starts(with: " (".utf8)
  }
}

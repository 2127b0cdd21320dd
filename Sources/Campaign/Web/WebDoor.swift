import Deletion

/// How lists are fetched over HTTP.
public protocol WebDoor: Sendable {
  /// Asks for what is at an address, and waits for the whole of it.
  ///
  /// - Parameter body: told the body of a good answer (200) piece by piece, as it was sent.
  /// - Returns: the answer; the beginning of its body where it is not a good one.
  /// - Throws: ``CampaignError`` where no whole answer came, and what `body` throws.
  func get(_ address: WebAddress, body: ([UInt8]) throws -> Void) throws -> WebAnswer
}

/// What a server said.
public struct WebAnswer: Sendable, Equatable {
  /// The HTTP status.
  public var status: Int
  /// The beginning of the body, where the status is not 200.
  public var text: String

  /// Makes the value.
  public init(status: Int, text: String = "") {
    self.status = status
    self.text = text
  }
}

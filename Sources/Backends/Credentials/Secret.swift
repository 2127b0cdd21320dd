/// A text that must never be printed: a bearer token.
///
/// Whatever prints, interpolates, dumps or reflects the value shows `<redacted>`; only ``reveal()`` gives the
/// text, so that every place that uses it can be found by that word.
public struct Secret: Sendable, Equatable {
  private let text: String

  /// Hides a text.
  public init(_ text: String) { self.text = text }

  /// The text itself, for the one place that has to send it.
  public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always `<redacted>`.
  public var description: String { "<redacted>" }

  /// Always `<redacted>`.
  public var debugDescription: String { description }

  /// A mirror without children: `dump` prints stored properties, whatever the description says.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

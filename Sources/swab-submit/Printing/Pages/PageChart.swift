import JobReports

/// Charts as SVG inside of a page.
enum PageChart {
  /// A part of a bar.
  struct Part {
    /// What it is.
    var label: String
    var count: Int
    /// The style's class of its colour.
    var colour: String
  }

  /// A bar as wide as the page, with what its parts are below; empty where there is nothing of any part.
  static func bar(_ parts: [Part]) -> String {
    let parts = parts.filter { $0.count > 0 }
    let total = parts.reduce(0) { $0 + $1.count }
    guard total > 0 else { return "" }
    let legend = parts.map { part in
      "<span><svg viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"\(part.colour)\" width=\"10\" height=\"10\"/></svg>\(HTMLPage.escaped(part.label)) \(HTMLPage.number(part.count)) (\(share(part.count, of: total)))</span>"
    }
    return "\(svg(parts, of: total, "bar"))<p class=\"legend\">\(legend.joined(separator: "\n"))</p>\n"
  }

  /// The bar alone, in a cell of a table.
  ///
  /// - Parameter total: what the whole width stands for.
  static func smallBar(_ parts: [Part], of total: Int) -> String {
    svg(parts.filter { $0.count > 0 }, of: total, "small")
  }

  /// What there is of anything shows, and what is not all is not shown as all.
  private static func svg(_ parts: [Part], of total: Int, _ kind: String) -> String {
    let room = 1000.0 - 6 * Double(parts.count)
    var position = 0.0
    let bars = parts.map { part in
      let width = 6 + room * Double(part.count) / Double(max(1, total))
      defer { position += width }
      return
        "<rect class=\"\(part.colour)\" x=\"\(coordinate(position))\" width=\"\(coordinate(width))\" height=\"20\"><title>\(HTMLPage.escaped(part.label)): \(part.count)</title></rect>"
    }
    let text = parts.map { "\($0.label) \($0.count)" }.joined(separator: ", ")
    return
      "<svg class=\"\(kind)\" viewBox=\"0 0 1000 20\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\(HTMLPage.escaped(text))\">\(bars.joined())</svg>"
  }

  /// How many answers took how long: a bar for each doubling of the time.
  static func latency(_ latency: LatencyHistogram) -> String {
    let bars = latency.bars(limit: 20)
    guard let most = bars.map(\.count).max() else { return "" }
    let columns = bars.enumerated().map { index, bar -> String in
      let height = bar.count == 0 ? 0 : max(1.5, 28 * Double(bar.count) / Double(most))
      return
        "<rect class=\"neutral\" x=\"\(index * 8)\" y=\"\(coordinate(28 - height))\" width=\"7\" height=\"\(coordinate(height))\"><title>up to \(LatencyHistogram.text(bar.upTo)): \(bar.count)</title></rect>"
    }
    let label =
      "p50 \(LatencyHistogram.text(latency.percentile(0.5))), p99 \(LatencyHistogram.text(latency.percentile(0.99))), longest \(LatencyHistogram.text(latency.max))"
    return
      "<svg class=\"marks\" viewBox=\"0 0 \(bars.count * 8) 30\" preserveAspectRatio=\"xMinYMax\" role=\"img\" aria-label=\"\(HTMLPage.escaped(label))\">\(columns.joined())<path class=\"base\" d=\"M0 29H\(bars.count * 8)\"/></svg>"
  }

  /// `94.5 %`; not 100 before it is, and not 0 where there is something.
  static func share(_ count: Int, of total: Int) -> String {
    guard total > 0, count > 0 else { return "0 %" }
    guard count < total else { return "100 %" }
    let tenths = min(999, max(1, Int((Double(count) * 1000 / Double(total)).rounded())))
    return "\(tenths / 10)\(tenths % 10 == 0 ? "" : ".\(tenths % 10)") %"
  }

  private static func coordinate(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
}

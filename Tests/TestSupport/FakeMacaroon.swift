import FoundationEssentials

/// A macaroon as anyone without its key sees it: its signature is none.
package enum FakeMacaroon {
  package static func text(
    location: String = "T2_XX_Test", identifier: String = "test-1", caveats: [String]
  ) -> String {
    let packets =
      ["location \(location)", "identifier \(identifier)"] + caveats.map { "cid \($0)" }
      + ["signature " + String(repeating: "s", count: 32)]
    let bytes = packets.map { packet -> String in
      let digits = String(packet.utf8.count + 5, radix: 16)
      return String(repeating: "0", count: 4 - digits.utf8.count) + digits + packet + "\n"
    }
    return Data(bytes.joined().utf8).base64EncodedString().replacing("=", with: "").replacing("+", with: "-")
      .replacing("/", with: "_")
  }
}

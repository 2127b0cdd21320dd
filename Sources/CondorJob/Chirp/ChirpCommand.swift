/// Lines of the Chirp protocol, as `condor_chirp` sends them (HTCondor manual, "Chirp"; chirp_protocol.h).
enum ChirpCommand {
  /// Names oneself.
  static func cookie(_ cookie: [UInt8]) -> [UInt8] { Array("cookie ".utf8) + cookie + [0x0A] }

  /// Changes an attribute of the job ad some time later, which any job may; its name has to begin with `Chirp`.
  static func setJobAttributeDelayed(_ name: String, _ value: Int) -> [UInt8] {
    Array("set_job_attr_delayed \(name) \(value)\n".utf8)
  }

  /// Whether an answer says that it was done: a number, negative for an error.
  static func isGood(_ answer: some Collection<UInt8>) -> Bool {
    let text = answer.prefix { $0 != 0x0D }
    guard let number = Int(String(decoding: text, as: UTF8.self)) else { return false }
    return number >= 0
  }
}

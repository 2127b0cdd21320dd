import Glibc

/// Who we are on this machine: what the login shows, and what the authentication protocol `unix` claims.
struct XRootUser: Sendable, Equatable {
  var name: String
  var group: String

  init(name: String, group: String) {
    self.name = name
    self.group = group
  }

  /// The effective user and group; `*` for a user without a name, as XRootD's client has it.
  static func current() -> XRootUser {
    var buffer = [CChar](repeating: 0, count: 16_384)
    var user = passwd()
    var foundUser: UnsafeMutablePointer<passwd>?
    var name = "*"
    if getpwuid_r(geteuid(), &user, &buffer, buffer.count, &foundUser) == 0, foundUser != nil,
      let text = user.pw_name
    {
      name = String(cString: text)
    }
    var entry = Glibc.group()
    var foundGroup: UnsafeMutablePointer<group>?
    var group = ""
    if getgrgid_r(getegid(), &entry, &buffer, buffer.count, &foundGroup) == 0, foundGroup != nil,
      let text = entry.gr_name
    {
      group = String(cString: text)
    }
    return XRootUser(name: name, group: group)
  }
}

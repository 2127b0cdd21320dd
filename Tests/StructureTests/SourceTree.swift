import TestSupport

import Glibc

/// The files of the repository, as text.
enum SourceTree {
  /// The directories directly below one.
  static func directories(below path: String) -> [String] {
    entries(path).filter { entries("\(path)/\($0)").count > 0 }
  }

  /// All Swift files at any depth, as paths below the repository.
  static func swiftFiles(below path: String) -> [String] { files(below: path) { $0.hasSuffix(".swift") } }

  /// All files at any depth that are wanted, as paths below the repository.
  static func files(below path: String, where isWanted: (String) -> Bool) -> [String] {
    entries(path).flatMap { name in
      let full = "\(path)/\(name)"
      if isWanted(full) { return [full] }
      return name.contains(".") ? [] : files(below: full, where: isWanted)
    }
  }

  /// The modules that a file imports.
  static func imports(of file: String) -> Set<String> {
    let lines = Disk.read(Repository.root + "/" + file).split(separator: "\n")
    return Set(
      lines.compactMap { line in
        let words = line.split(separator: " ")
        guard let index = words.firstIndex(of: "import"), index < words.count - 1, !line.hasPrefix("//")
        else { return nil }
        return String(words[index + 1])
      })
  }

  private static func entries(_ path: String) -> [String] {
    guard let directory = opendir(Repository.root + "/" + path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.first != "." { names.append(name) }
    }
    return names.sorted()
  }
}

extension SourceTree {
  /// The code of a file: no comments and no texts, but what is interpolated in them.
  static func code(of file: String) -> String { code(in: Disk.read(Repository.root + "/" + file)) }

  static func code(in source: String) -> String {
    /// What encloses the next character: a text until its quote, or code in a text until so many brackets are closed.
    enum Level { case text(quote: [UInt8], escape: [UInt8]), code(open: Int) }
    var levels: [Level] = []
    var code: [UInt8] = []
    var rest = Array(source.utf8)[...]
    while let byte = rest.first {
      switch levels.last {
      case .text(let quote, let escape)?:
        if rest.starts(with: quote) {
          levels.removeLast()
          rest = rest.dropFirst(quote.count)
        } else if rest.starts(with: escape + Array("(".utf8)) {
          levels.append(.code(open: 0))
          rest = rest.dropFirst(escape.count + 1)
        } else {
          rest = rest.dropFirst(rest.starts(with: escape) ? escape.count + 1 : 1)
        }
        continue
      case .code(let open)?:
        if byte == UInt8(ascii: "(") { levels[levels.count - 1] = .code(open: open + 1) }
        if byte == UInt8(ascii: ")") {
          levels.removeLast()
          if open > 0 { levels.append(.code(open: open - 1)) }
        }
      case nil: break
      }
      let marks = rest.prefix { $0 == UInt8(ascii: "#") }
      let quotes = rest.dropFirst(marks.count).prefix { $0 == UInt8(ascii: "\"") }.count
      if rest.starts(with: "//".utf8) {
        rest = rest.drop { $0 != UInt8(ascii: "\n") }
      } else if quotes > 0 {
        let length = quotes >= 3 ? 3 : 1
        let quote = Array(repeating: UInt8(ascii: "\""), count: length) + marks
        levels.append(.text(quote: quote, escape: [UInt8(ascii: "\\")] + marks))
        rest = rest.dropFirst(marks.count + length)
      } else {
        code.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: code, as: UTF8.self)
  }

  /// All words of a file in lower case, those that identifiers are made of as well.
  static func words(of file: String) -> Set<String> { words(in: Disk.read(Repository.root + "/" + file)) }

  /// All words of a text in lower case; `lastVerdict` is two.
  static func words(in text: String) -> Set<String> {
    var words: Set<String> = []
    var word = ""
    var previousIsUpper = false
    func end() {
      if !word.isEmpty { words.insert(word) }
      word = ""
    }
    let scalars = Array(text.unicodeScalars)
    for (index, scalar) in scalars.enumerated() {
      guard scalar.isASCII, scalar.properties.isAlphabetic else {
        end()
        previousIsUpper = false
        continue
      }
      let isUpper = scalar.properties.isUppercase
      let nextIsLower = index + 1 < scalars.count && scalars[index + 1].properties.isLowercase
      if isUpper, !previousIsUpper || nextIsLower { end() }
      word += scalar.properties.lowercaseMapping
      previousIsUpper = isUpper
    }
    end()
    return words
  }
}

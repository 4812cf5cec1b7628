import Diagnostics

/// A line of a CSV file (RFC 4180), split into its fields. A field does not go on in the next line.
struct CSVLine {
  /// What is wrong with a line.
  struct Fault {
    /// Where in the line, in bytes.
    var offset: Int
    /// What, in one line.
    var summary: String
    /// Why, and what to do.
    var detail = ""
  }

  private struct Field {
    /// Between the quotes, if there are any.
    var start: Int
    var end: Int
    var hasDoubledQuotes: Bool
  }

  /// Which line of the file it is, counted from 1.
  private(set) var number = 0
  /// The line's bytes, without its end.
  private(set) var bytes: ArraySlice<UInt8> = []
  private var fields: [Field] = []

  /// How many fields there are.
  var count: Int { fields.count }

  /// Whether there is nothing to be read: an empty line, or a comment.
  var isBlank: Bool {
    bytes.first == UInt8(ascii: "#") || bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 }
  }

  /// Takes another line.
  mutating func take(_ line: ArraySlice<UInt8>, number: Int) {
    bytes = line
    self.number = number
    fields.removeAll(keepingCapacity: true)
  }

  /// Finds the fields; what is wrong with them, if something is.
  mutating func split() -> Fault? {
    var index = bytes.startIndex
    let end = bytes.endIndex
    while true {
      if index < end, bytes[index] == UInt8(ascii: "\"") {
        let start = index + 1
        var doubled = false
        index = start
        while true {
          guard index < end else {
            return Fault(
              offset: start - 1 - bytes.startIndex, summary: "a quote is not closed",
              detail: "A field ends in the line that it begins in.")
          }
          if bytes[index] == UInt8(ascii: "\"") {
            guard index + 1 < end, bytes[index + 1] == UInt8(ascii: "\"") else { break }
            doubled = true
            index += 1
          }
          index += 1
        }
        fields.append(Field(start: start, end: index, hasDoubledQuotes: doubled))
        index += 1
        guard index == end || bytes[index] == UInt8(ascii: ",") else {
          return Fault(
            offset: index - bytes.startIndex, summary: "text behind a closing quote",
            detail: "A quote within a quoted field is written twice (RFC 4180).")
        }
      } else {
        let start = index
        while index < end, bytes[index] != UInt8(ascii: ",") { index += 1 }
        fields.append(Field(start: start, end: index, hasDoubledQuotes: false))
      }
      guard index < end else { return nil }
      index += 1
    }
  }

  /// A field's bytes without quotes and without blanks around them.
  subscript(_ place: Int) -> ArraySlice<UInt8> {
    let field = fields[place]
    var slice = bytes[field.start..<field.end]
    while let last = slice.last, last == 0x20 || last == 0x09 { slice.removeLast() }
    while let first = slice.first, first == 0x20 || first == 0x09 { slice.removeFirst() }
    guard field.hasDoubledQuotes else { return slice }
    var unquoted: [UInt8] = []
    for byte in slice where byte != UInt8(ascii: "\"") || unquoted.last != byte {
      unquoted.append(byte)
    }
    return unquoted[...]
  }

  /// Where in the line a field begins, in bytes.
  func offset(of place: Int) -> Int { fields[place].start - bytes.startIndex }

  /// A field as text; U+FFFD stands for what is not UTF-8.
  func text(_ place: Int) -> String { String(decoding: self[place], as: UTF8.self) }

  /// A field that is a number of milliseconds, up to the longest that tc can delay. Empty fields and
  /// `NULL` are nil: nothing was measured.
  func milliseconds(_ place: Int) throws(CSVFault) -> Double? {
    let field = self[place]
    if field.isEmpty || field.elementsEqual("NULL".utf8) { return nil }
    guard let number = Self.decimal(field) else {
      throw CSVFault(
        Fault(
          offset: offset(of: place), summary: "not a number of milliseconds: \(shown(place))",
          detail: "Write it without a unit, such as 239.38."))
    }
    guard number <= Double(Limits.longestRTT) else {
      throw CSVFault(
        Fault(
          offset: offset(of: place),
          summary: "\(shown(place)) ms are longer than tc can delay",
          detail: "At most \(Limits.longestRTT) ms."))
    }
    return number
  }

  /// A field as an error shows it.
  func shown(_ place: Int) -> String { "\"" + VisibleText.line(text(place), limit: 60) + "\"" }

  /// A decimal number without a sign or an exponent.
  static func decimal(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard (1...18).contains(bytes.count), bytes.last != UInt8(ascii: ".") else { return nil }
    var digits: UInt64 = 0
    var places = -1
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        digits = digits * 10 + UInt64(byte - UInt8(ascii: "0"))
        if places >= 0 { places += 1 }
      case UInt8(ascii: "."):
        guard places < 0, byte != bytes.first else { return nil }
        places = 0
      default: return nil
      }
    }
    return places > 0 ? Double(digits) / powersOfTen[places] : Double(digits)
  }

  private static let powersOfTen: [Double] = (0..<18).map { place in
    (0..<place).reduce(1) { product, _ in product * 10 }
  }
}

/// What is wrong with a line of a CSV file, thrown while it is read.
struct CSVFault: Error {
  /// What it is.
  var fault: CSVLine.Fault

  /// Throws what is wrong.
  init(_ fault: CSVLine.Fault) { self.fault = fault }
}

import Foundation

/// The Equal Earth projection (Šavrič, Patterson and Jenny, 2018) around a meridian: lands keep their
/// areas, and look as people expect them to.
struct Projection: Sendable, Hashable {
  /// The meridian in the middle, in degrees east.
  var meridian: Double

  private static let a1 = 1.340264
  private static let a2 = -0.081106
  private static let a3 = 0.000893
  private static let a4 = 0.003796

  /// A longitude as its distance from the middle meridian, −180 up to 180.
  func turned(_ longitude: Double) -> Double { Self.wrapped(longitude - meridian) }

  /// An angle from −180 up to 180 degrees.
  static func wrapped(_ degrees: Double) -> Double {
    let rest = (degrees + 180).truncatingRemainder(dividingBy: 360)
    return (rest < 0 ? rest + 360 : rest) - 180
  }

  /// The place of a point on a globe with radius 1, y upwards; `turned` is a longitude's distance from
  /// the middle meridian, in degrees as the latitude.
  static func place(turned: Double, latitude: Double) -> Point {
    let angle = asin(3.0.squareRoot() / 2 * sin(latitude * .pi / 180))
    let square = angle * angle
    let sixth = square * square * square
    let slope = a1 + 3 * a2 * square + sixth * (7 * a3 + 9 * a4 * square)
    let x = 2 * 3.0.squareRoot() * (turned * .pi / 180) * cos(angle) / (3 * slope)
    return Point(x: x, y: angle * (a1 + a2 * square + sixth * (a3 + a4 * square)))
  }

  /// The meridian opposite to the widest gap between longitudes, so that a map around it cuts the
  /// globe where there is nobody; 11 degrees east, which cuts it in the Bering Strait, for none.
  static func middle(of longitudes: [Double]) -> Double {
    let sorted = Set(longitudes.map(wrapped)).sorted()
    guard let first = sorted.first, let last = sorted.last else { return 11 }
    var widest = (start: last, extent: first + 360 - last)
    for (west, east) in zip(sorted, sorted.dropFirst()) where east - west > widest.extent {
      widest = (west, east - west)
    }
    return wrapped(widest.start + widest.extent / 2 + 180)
  }
}

/// The shortest way between two places on the globe.
enum GreatCircle {
  /// Places along the way as longitudes and latitudes in degrees, both ends among them.
  static func points(
    from: ReportContents.Location, to: ReportContents.Location, count: Int = 33
  ) -> [ReportContents.Location] {
    let (start, end) = (vector(from), vector(to))
    let cosine = min(1, max(-1, start.0 * end.0 + start.1 * end.1 + start.2 * end.2))
    let angle = acos(cosine)
    guard angle > 1e-6, angle < .pi - 1e-6 else { return [from, to] }
    return (0..<count).map { step in
      let share = Double(step) / Double(count - 1)
      let first = sin((1 - share) * angle) / sin(angle)
      let second = sin(share * angle) / sin(angle)
      let x = first * start.0 + second * end.0
      let y = first * start.1 + second * end.1
      let z = first * start.2 + second * end.2
      return ReportContents.Location(
        latitude: asin(min(1, max(-1, z))) * 180 / .pi, longitude: atan2(y, x) * 180 / .pi)
    }
  }

  private static func vector(_ place: ReportContents.Location) -> (Double, Double, Double) {
    let (latitude, longitude) = (place.latitude * .pi / 180, place.longitude * .pi / 180)
    return (cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude))
  }
}

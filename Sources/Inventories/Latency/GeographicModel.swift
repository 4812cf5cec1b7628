import Glibc

/// `model = "geographic"`: round-trip times that follow from where the sites are.
///
/// The great circle between two places times a factor, divided by the speed of light in fibre, is one
/// way. Bozkurt et al., Dissecting Latency in the Internet's Fiber Infrastructure (2018, arXiv
/// 1811.10737) give the factor 2.1 as what measurements of Internet paths suggest; cables as straight as
/// they could be laid would have 1.3.
package struct GeographicModel: Sendable, Hashable {
  /// How much longer than the great circle a path is.
  package var factor: Double

  /// The factor that measurements of Internet paths suggest.
  package static let measuredFactor = 2.1
  /// Kilometres that light travels in fibre in a millisecond: two thirds of its speed in a vacuum, which
  /// is 299,792.458 km/s by the metre's definition (SI Brochure, 9th edition, section 2.3.1).
  package static let fibreKilometresPerMillisecond = 299.792_458 * 2 / 3

  /// A model.
  package init(factor: Double = GeographicModel.measuredFactor) { self.factor = factor }

  /// The round-trip time in milliseconds between places at this distance.
  package func roundTripMilliseconds(kilometres: Double) -> Double {
    2 * kilometres * factor / Self.fibreKilometresPerMillisecond
  }
}

extension Site.Location {
  /// The Earth's mean radius in kilometres, R1 of the Geodetic Reference System 1980 (Moritz, Journal of
  /// Geodesy 74, 2000): on a sphere of that radius, distances are right to 0.6 %.
  package static let earthRadius = 6371.0088

  /// The kilometres to another place along the great circle, by the haversine formula, which is exact for
  /// small distances too.
  package func kilometres(to other: Site.Location) -> Double {
    let degree = Double.pi / 180
    let north = sin((other.latitude - latitude) * degree / 2)
    let east = sin((other.longitude - longitude) * degree / 2)
    let haversine =
      north * north
      + cos(latitude * degree) * cos(other.latitude * degree) * east * east
    // At the other end of the world rounding may lead past 1.
    return 2 * Self.earthRadius * asin(min(1, haversine.squareRoot()))
  }
}

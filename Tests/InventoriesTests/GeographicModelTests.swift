import Inventories
import Testing

/// The distances between places, and the round trips that follow from them.
@Suite struct GeographicModelTests {
  /// Geodesics on the ellipsoid WGS 84 by Vincenty's inverse formula (Survey Review 23, 1975), which the
  /// sphere meets to 0.6 %.
  @Test(arguments: [
    ("Tokyo, London", 35.6895, 139.6917, 51.5074, -0.1278, 9582.309),
    ("New York, London", 40.7128, -74.0060, 51.5074, -0.1278, 5585.234),
    ("Sydney, London", -33.8688, 151.2093, 51.5074, -0.1278, 16989.296),
    ("Fujisawa, Kitakyushu", 35.3882, 139.4272, 33.8943, 130.8390, 804.372),
    ("Tokyo, Sao Paulo", 35.6895, 139.6917, -23.5505, -46.6333, 18530.613),
    ("Sydney, Zurich", -33.8688, 151.2093, 47.3769, 8.5417, 16565.165),
  ])
  func distancesAreThoseOfTheEarth(
    pair: String, north: Double, east: Double, otherNorth: Double, otherEast: Double,
    kilometres: Double
  ) {
    let here = Site.Location(latitude: north, longitude: east)
    let there = Site.Location(latitude: otherNorth, longitude: otherEast)
    let distance = here.kilometres(to: there)
    #expect(abs(distance / kilometres - 1) < 0.006, "\(pair): \(distance)")
    #expect(distance == there.kilometres(to: here))
  }

  @Test func distancesOfTheSphere() {
    let radius = Site.Location.earthRadius
    let place = Site.Location(latitude: 35, longitude: 139)
    #expect(place.kilometres(to: place) == 0)
    // From pole to pole, and to the other end of the world, it is half a circle.
    let north = Site.Location(latitude: 90, longitude: 0)
    let south = Site.Location(latitude: -90, longitude: 120)
    #expect(abs(north.kilometres(to: south) - .pi * radius) < 1e-6)
    let antipode = Site.Location(latitude: -35, longitude: -41)
    #expect(abs(place.kilometres(to: antipode) - .pi * radius) < 1e-3)
    // A minute of latitude is the nautical mile, 1.852 km, and the date line is no obstacle.
    let mile = Site.Location(latitude: 35 + 1.0 / 60, longitude: 139)
    #expect(abs(place.kilometres(to: mile) - 1.852) < 0.002)
    let west = Site.Location(latitude: 0, longitude: -179.5)
    let east = Site.Location(latitude: 0, longitude: 179.5)
    #expect(abs(west.kilometres(to: east) - .pi * radius / 180) < 1e-6)
  }

  /// Two thirds of 299,792.458 km/s: 1000 km there and back take 10.007 ms in a straight fibre.
  @Test func roundTripsAreThoseOfLightInFibre() {
    let straight = GeographicModel(factor: 1).roundTripMilliseconds(kilometres: 1000)
    #expect(abs(straight - 10.006_922_855_944_56) < 1e-9)
    let measured = GeographicModel().roundTripMilliseconds(kilometres: 1000)
    #expect(abs(measured - 2.1 * straight) < 1e-9)
    // Tokyo and London: 200.9 ms by the rule of thumb.
    #expect(abs(GeographicModel().roundTripMilliseconds(kilometres: 9558.727) - 200.872) < 0.001)
  }
}

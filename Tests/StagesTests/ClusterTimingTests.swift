import Diagnostics
import Inventories
import Testing

@testable import Stages

/// How patient a cluster is, by its round trips.
@Suite struct ClusterTimingTests {
  @Test func nearMachinesGetTheDefaults() {
    let timing = ClusterTiming(betweenMasters: 0, toMasters: 0)
    #expect(timing.heartbeat == 100 && timing.election == 1_000)
    #expect(timing.statusFrequency == nil && timing.gracePeriod == nil)
    #expect(timing.controlPlaneTimeout == 240)
    #expect(timing.discoveryTimeout == 60 && timing.callTimeout == 60 && timing.answerTimeout == 5)
  }

  @Test func etcdsHeartbeatFollowsTheRoundTrip() {
    for milliseconds in [100.5, 220, 431, 999] {
      let timing = ClusterTiming(betweenMasters: milliseconds, toMasters: milliseconds)
      #expect(Double(timing.heartbeat) >= milliseconds * 0.5)
      #expect(Double(timing.heartbeat) <= milliseconds * 1.5)
      #expect(Double(timing.election) >= 10 * milliseconds && timing.election <= 50_000)
    }
    #expect(ClusterTiming(betweenMasters: 220, toMasters: 220).heartbeat == 220)
    #expect(ClusterTiming(betweenMasters: 20, toMasters: 20, isShared: true).heartbeat == 300)
    #expect(
      ClusterTiming(betweenMasters: 0, toMasters: 0, isShared: true).controlPlaneTimeout == 480)
  }

  @Test func farNodesMayBeSilentLonger() {
    let far = ClusterTiming(betweenMasters: 0, toMasters: 300)
    #expect(far.statusFrequency == nil && far.gracePeriod == 50)
    #expect(far.controlPlaneTimeout == 270 && far.answerTimeout == 8)
    let moon = ClusterTiming(betweenMasters: 0, toMasters: 2_600)
    #expect(moon.statusFrequency == 26)
    #expect(moon.gracePeriod == 4 * 26 + 52)
  }

  @Test func whatCannotBeMeantHasABound() {
    let timing = ClusterTiming(betweenMasters: -1, toMasters: 1e300)
    #expect(timing.heartbeat == 100)
    #expect(timing.statusFrequency == 36_000)
  }

  @Test func theWayGoesByTheLoadBalancer() throws {
    let timing = ClusterTiming(inventory: try CaseFiles.inventory("far-masters"))
    #expect(timing.betweenMasters == 220)
    // Paris to the load balancer in Tokyo, and from there to Paris.
    #expect(timing.toMasters == 440)
  }

  @Test func mastersThatAreHopelesslyFarApartAreRefused() throws {
    var inventory = try CaseFiles.inventory("far-masters")
    #expect(ControlPlane().objections(to: inventory).isEmpty)
    inventory.latency[1].conditions.delay = .total(roundTrip: 1_300)
    inventory.latency[2].conditions.delay = .total(roundTrip: 6_000)
    let objections = ControlPlane().objections(to: inventory)
    #expect(
      objections.map(\.summary) == [
        "masters at tokyo and lima cannot form a cluster 1.3 s apart",
        "masters at paris and lima cannot form a cluster 6.0 s apart",
      ])
    #expect(objections.map(\.position) == inventory.latency[1...2].map(\.position))
    #expect(objections[0].detail.contains("2.6 s here. Put all masters"))
    #expect(objections[1].detail.contains("50 s is the most"))
    // Workers may be as far as they like.
    inventory.sites[2].hosts[0].role = .worker
    #expect(ControlPlane().objections(to: inventory).isEmpty)
  }
}

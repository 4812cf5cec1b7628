import Foundation
import TestSupport
import Testing

extension WithDelays {
  /// The inventory's own delays, by real netem.
  @Suite(.serialized) struct DelayTests {
    private static let pairs = [
      ("one", "two", 100.0), ("one", "three", 300.0), ("two", "three", 500.0),
    ]

    /// The first of all, since it resets the machines.
    @Test func throughAHubTheLegsDoNotAddUp() async throws {
      let testbed = try Testbed.current()
      let hub = try testbed.delays(
        "hub",
        Testbed.rule("one", "two", "rtt = \"100ms\"")
          + Testbed.rule("one", "three", "rtt = \"140ms\"")
          + Testbed.rule("two", "three", "rtt = \"200ms\""),
        topology: "topology = \"hub\"\nhub = \"one\"")
      try await testbed.applyDelays(hub)
      for (from, to, asked) in [("h1", "h2", 100.0), ("h1", "h3", 140.0), ("h2", "h3", 200.0)] {
        try await testbed.isDelayed(from, to, by: asked)
      }
      let undone = try await testbed.planetbed("reset", hub, "--yes")
      #expect(undone.status == 0, "\(undone.everything)")
      #expect(try await !testbed.queues("r1").contains("netem"))
    }

    @Test func theDelaysAreThoseThatAreAskedFor() async throws {
      let testbed = try Testbed.current()
      let applied = try await testbed.applyDelays()
      for (left, right, asked) in Self.pairs {
        for (from, to) in [(left, right), (right, left)] {
          let way = try applied.way(from, to)
          #expect(try way.real("askedRttMs") == asked)
          if way["within"] as? Bool == true {
            #expect(try abs(way.real("measuredRttMs") - asked) <= max(2, asked * 0.03), "\(way)")
          }
          #expect(try way.real("baselineRttMs") < 50, "\(way)")
          #expect(try way.number("drops") == 0)
        }
      }
      // The hosts see what the routers were measured to do.
      try await testbed.isDelayed("h2", "h3", by: 500, within: 25)

      let again = try await testbed.applyDelays()
      #expect(try again.number("changed") == 0)
      for machine in ["r1", "r2", "r3", "h1", "h2", "h3"] {
        #expect(try again.host(machine).number("roundTrips") == 1)
      }
      let status = try await testbed.measuring(["status", testbed.inventory])
      #expect(try status.objects("latency").count == 6)
    }

    @Test func theWayToTheMachinesIsNotDelayed() async throws {
      let testbed = try Testbed.current()
      let slow = try testbed.delays("slow", Testbed.everyPair("rtt = \"500ms\""))
      try await testbed.applyDelays(slow)
      #expect(try await testbed.roundTrip("h1", "h2") > 450)
      // A login takes several round trips: with 500 ms each it would take seconds.
      let output = try await testbed.planetbed("exec", slow, "--output", "json", "--", "true")
      let run = try #require(
        try JSONSerialization.jsonObject(with: Data(output.output.utf8)) as? [String: Any])
      for machine in ["r1", "r2", "r3", "h1", "h2", "h3"] {
        #expect(try run.host(machine).real("connectSeconds") < 2, "\(run)")
      }
      // What carries the tunnels is not delayed either, nor is a site's own LAN.
      try await testbed.isDelayed("h1", "192.168.10.1", by: 0, within: 100)
      let outside = try await testbed.shell("r1", "ping -n -q -c 5 -i 0.2 10.4.0.2 | tail -1")
      let mean = outside.split(separator: "/").dropFirst(4).first.flatMap { Double($0) }
      #expect(try #require(mean, "\(outside)") < 100)
    }

    @Test func eachWayHasItsOwn() async throws {
      let testbed = try Testbed.current()
      let inventory = try testbed.delays(
        "ways", Testbed.rule("one", "two", "one_way = { from = \"180ms\", to = \"20ms\" }"))
      let applied = try await testbed.applyDelays(inventory)
      #expect(try applied.way("one", "two").real("expectedRttMs") == 200)
      // The hosts share this computer's clock, so that one way can be timed by itself.
      for (from, to, asked) in [("h1", "h2", 180.0), ("h2", "h1", 20.0)] {
        let times = try await oneWay(testbed, from, to)
        let best = try #require(times.min(), "nothing arrived")
        #expect(best > asked - 5 && best < asked + 60, "\(from) → \(to): \(times)")
      }
      // What has no rule is as it was.
      try await testbed.isDelayed("h1", "h3", by: 0, within: 60)
    }

    /// How long packets took from a host to another, in milliseconds.
    private func oneWay(_ testbed: Testbed, _ from: String, _ to: String) async throws -> [Double] {
      let address = try #require(Testbed.addresses[to])
      async let arrivals = testbed.shell(
        to,
        """
        timeout 20 sh -c 'nc -u -l -W 8 9999 | while read -r sent; do
          echo "$(date +%s%N) $sent"
        done' || true
        """)
      _ = try await testbed.shell(
        to,
        """
        for try in $(seq 300); do
          ss -H -u -l -n | grep -q ':9999 ' && exit 0
          sleep 0.1
        done
        exit 1
        """)
      _ = try await testbed.shell(
        from,
        "for i in $(seq 8); do date +%s%N; sleep 0.2; done | nc -u -N -w 1 \(address) 9999 || true")
      return try await arrivals.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ").compactMap { Double($0) }
        return words.count == 2 ? (words[0] - words[1]) / 1e6 : nil
      }
    }

    @Test func pathsVaryLoseAndAreNarrow() async throws {
      let testbed = try Testbed.current()
      let inventory = try testbed.delays(
        "rough",
        Testbed.rule("one", "two", "rtt = \"400ms\"\njitter = \"20ms\"")
          + Testbed.rule("one", "three", "rtt = \"200ms\"\nloss = \"5%\"")
          + Testbed.rule("two", "three", "rtt = \"200ms\"\nrate = \"8mbit\""))
      try await testbed.applyDelays(inventory)

      let (pings, lateness) = try await WakeLateness.during {
        try await testbed.pings("h1", "h2", count: 100, interval: 0.02)
      }
      let varying = pings.compactMap { $0 }
      let mean = varying.reduce(0, +) / Double(varying.count)
      let deviation =
        (varying.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(varying.count - 1))
        .squareRoot()
      // What makes packets late by chance adds to it.
      #expect(deviation > 12, "\(deviation)")
      #expect(deviation < 35 + 12 * lateness.mean, "\(deviation), \(lateness.mean) ms late")

      // Of 400 pings at 5 % each way, 39 are lost in the mean; 5 standard deviations are 30.
      let lossy = try await testbed.pings("h1", "h3", count: 400, interval: 0.01)
      let lost = lossy.count { $0 == nil }
      #expect(lost > 9 && lost < 69, "\(lost)")

      // 4 MB at 8 Mbit/s take 4 s, until the last byte has come: the hosts have one clock.
      async let sink = testbed.shell("h3", "timeout 90 nc -l -N 9998 | wc -c; date +%s%N")
      try await testbed.shell(
        "h3",
        """
        for try in $(seq 300); do
          ss -H -t -l -n | grep -q ':9998 ' && exit 0
          sleep 0.1
        done
        exit 1
        """)
      let text = try await testbed.shell(
        "h2",
        """
        date +%s%N
        head -c 4000000 /dev/zero | timeout 60 nc -N 192.168.30.101 9998 >&2
        """)
      let begun = try #require(Double(text.trimmingCharacters(in: .whitespacesAndNewlines)))
      let arrived = try await sink.split(separator: "\n").compactMap { Double($0) }
      try #require(arrived.count == 2 && arrived[0] == 4_000_000, "\(arrived)")
      let seconds = (arrived[1] - begun) / 1e9
      #expect(seconds > 3.5 && seconds < 12, "\(seconds) s")
    }

    @Test func whatIsNotOursIsLeftAlone() async throws {
      let testbed = try Testbed.current()
      let none = try testbed.delays("none", "")
      try await testbed.applyDelays(none)
      #expect(try await !testbed.queues("r1").contains("netem"))
      try await testbed.shell(
        "r1", "tc qdisc replace dev pb-two root handle 7: tbf rate 50mbit burst 64kb latency 50ms")
      let refused = try await testbed.planetbed("apply", testbed.inventory, "--yes")
      #expect(refused.status != 0)
      #expect(refused.everything.contains("pb-two"), "\(refused.everything)")
      #expect(refused.everything.contains("tbf"), "\(refused.everything)")
      #expect(try await testbed.queues("r1").contains("qdisc tbf 7: dev pb-two"))
      try await testbed.shell("r1", "tc qdisc del dev pb-two root")
      try await testbed.applyDelays()
    }

    @Test func aTunnelThatStartsAnewHasItsDelay() async throws {
      let testbed = try Testbed.current()
      try await testbed.applyDelays()
      try await testbed.shell(
        "r1", "systemctl restart 'planetbed-pbdelays-vpn@one-two.service'")
      // The other end calls again after a while.
      try await within(90) { try await testbed.pings("h1", "h2", count: 1) != [nil] }
      let status = try await testbed.measuring(["status", testbed.inventory])
      #expect(try status.way("one", "two").real("quickestRttMs") > 95, "\(status)")
    }
  }
}

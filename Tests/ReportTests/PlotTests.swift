import Measurement
import Testing

@testable import Report

/// Scales, round values, and room for labels.
@Suite struct PlotTests {
  @Test func valuesAreRound() {
    #expect(Ticks(0, 100, count: 5).values == [0, 20, 40, 60, 80, 100])
    #expect(Ticks(0, 141, count: 5).labels == ["0", "50", "100", "150"])
    #expect(Ticks(0, 0.9, count: 4).labels == ["0.0", "0.5", "1.0"])
    #expect(Ticks(0, 0.04, count: 4).labels == ["0.00", "0.01", "0.02", "0.03", "0.04"])
    #expect(Ticks(-3, 3, count: 3).labels == ["−4", "−2", "0", "2", "4"])
    #expect(Ticks(5, 5, count: 4).values.count > 1)
    #expect((2...9).contains(Ticks(0, .infinity, count: 5).values.count))
    #expect((2...9).contains(Ticks(.nan, 1e300, count: 5).values.count))
    #expect(
      Ticks(0, 2_000_000, count: 4).labels == ["0", "500000", "1000000", "1500000", "2000000"])
  }

  @Test(arguments: [0.0003, 0.02, 0.7, 1, 3.2, 9.99, 47, 120, 999, 12_345])
  func valuesReachBothEnds(highest: Double) {
    for count in 2...9 {
      let ticks = Ticks(0, highest, count: count)
      #expect(ticks.domain.lowerBound <= 0)
      #expect(ticks.domain.upperBound >= highest * 0.999_999)
      #expect((2...count + 2).contains(ticks.values.count))
      #expect(Set(ticks.labels).count == ticks.labels.count)
    }
  }

  @Test func placesAreInProportion() {
    let scale = Scale(0...200, from: 300, to: 100)
    #expect(scale(0) == 300)
    #expect(scale(200) == 100)
    #expect(scale(50) == 250)
    #expect(scale.clamped(900) == 100)
    #expect(scale.clamped(-1) == 300)
    #expect(Scale(5...5, from: 0, to: 10)(5) == 0)
  }

  @Test func labelsDoNotTouch() {
    let labels = ["100", "101", "102", "300"]
    #expect(LabelRoom.spaced(labels, at: [0, 5, 10, 100], size: 11) == [true, false, false, true])
    #expect(LabelRoom.spaced(labels, at: [0, 50, 100, 150], size: 11) == [true, true, true, true])
    var room = LabelRoom(Box(x: 0, y: 0, width: 100, height: 100))
    let first = Box(x: 10, y: 10, width: 30, height: 10)
    let second = Box(x: 50, y: 10, width: 30, height: 10)
    #expect(room.place([first, second]) == first)
    #expect(room.place([first, second]) == second)
    #expect(room.place([first, second]) == nil)
    #expect(room.place([Box(x: 90, y: 0, width: 30, height: 10)]) == nil)
  }

  @Test func textIsCutToItsRoom() {
    #expect(TextExtent.shortened("master01", to: 500, size: 12) == "master01")
    let cut = TextExtent.shortened("慶應義塾大学湘南藤沢キャンパス", to: 60, size: 12)
    #expect(cut == "慶應義…")
    #expect(TextExtent.width(cut, size: 12) <= 60)
  }

  @Test func figuresAreWrittenAsPeopleReadThem() {
    #expect(Figure.text(-0.004, 2) == "0.00")
    #expect(Figure.text(-12.345, 1) == "−12.3")
    #expect(Figure.text(1.005, 0) == "1")
    #expect(Figure.text(.nan, 2) == "–")
    #expect(Figure.text(nil, 2) == "–")
    #expect(Figure.signed(1.5, 1) == "+1.5")
    #expect(Figure.signed(0.001, 1) == "0.0")
    #expect(Figure.milliseconds(0.83) == "0.83 ms")
    #expect(Figure.milliseconds(99.96) == "100 ms")
    #expect(Figure.seconds(12.34) == "12.3 s")
    #expect(Figure.short(100) == "100")
    #expect(Figure.short(0.5) == "0.5")
    #expect(Figure.place(-0.04) == "0")
    #expect(Figure.place(12.25) == "12.3")
    #expect(Figure.bytes(8_589_934_592) == "8.0 GiB")
    #expect(Figure.list(["a", "b", "c"]) == "a, b and c")
  }

  @Test(arguments: [
    (0, "1 January 1970, 00:00 UTC"), (951_782_400_000, "29 February 2000, 00:00 UTC"),
    (1_795_297_740_000, "21 November 2026, 21:49 UTC"),
    (253_402_300_799_000, "31 December 9999, 23:59 UTC"), (-5, "1 January 1970, 00:00 UTC"),
  ])
  func pointsInTime(milliseconds: Int, text: String) {
    #expect(PointInTime.text(Int64(milliseconds)) == text)
  }

  @Test func theSeedsFiguresStandBesideTheSameAxesOnly() {
    #expect(SeedFigures.mean(rttMilliseconds: 100, containers: 4) == 24.9)
    #expect(SeedFigures.mean(rttMilliseconds: 500, containers: 100) == 141)
    #expect(SeedFigures.mean(rttMilliseconds: 200, containers: 4) == nil)
    #expect(SeedFigures.mean(rttMilliseconds: 100, containers: 5) == nil)
    #expect(SeedFigures.mean(rttMilliseconds: nil, containers: 4) == nil)
  }

  @Test func theMedianRunIsDrawn() throws {
    let starts = TestData.starts(containers: [4, 20], runs: 5)
    let waterfall = try #require(Waterfall(starts))
    #expect(waterfall.cell.containers == 20)
    #expect(waterfall.cell.rttMilliseconds == 500)
    let finished = waterfall.cell.runs.filter(\.isComplete).map(\.seconds).sorted()
    // The second of five was not finished: of the four others, the quicker one in the middle.
    #expect(waterfall.run.seconds == finished[1])
    #expect(waterfall.drawn.count == 20)
    let ready = waterfall.drawn.compactMap(\.ready)
    #expect(ready == ready.sorted())
  }

  @Test func ofManyPairsTheFarthestAreDrawn() throws {
    let delays = (0..<100).map { number in
      ReportContents.Delay(
        from: "a", to: "b\(number)", askedMilliseconds: 100,
        measuredMilliseconds: number == 99 ? nil : 100 + Double(number) / 10)
    }
    let plot = try #require(DelayPlot(delays))
    #expect(plot.leavesOut)
    #expect(plot.drawn.map(\.to) == (60..<100).map { "b\($0)" })
    #expect(DelayPlot([]) == nil)
  }
}

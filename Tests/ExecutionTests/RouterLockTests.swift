import Diagnostics
import Foundation
import ShellPrograms
import Synchronization
import Testing
import Transport

@testable import Execution

@Suite struct RouterLockTests {
  let testbed = ScratchTestbed(["router1"])

  private func lock(_ run: String, owner: String = "mark", holder: String = "anna@laptop")
    -> RouterLock
  {
    RouterLock(testbed: "three", router: "router1", run: run, holder: holder, owner: owner)
  }

  private func ask(
    _ lock: RouterLock, _ program: RemoteProgram, shell: Shell = .dash
  ) async throws -> RouterLock.Answer {
    let result = try await shell.run(testbed.text(of: program, on: "router1"))
    #expect(String(decoding: result.errors, as: UTF8.self) == "")
    return try lock.answer(from: result)
  }

  private func take(_ lock: RouterLock, shell: Shell = .dash) async throws -> RouterLock.Answer {
    try await ask(lock, lock.takingProgram, shell: shell)
  }

  private func release(_ lock: RouterLock, removing: Bool = false) async throws {
    let result = try await Shell.dash.run(
      testbed.text(of: lock.releasingProgram(removing: removing), on: "router1"))
    #expect(result.ending == .exited(0))
  }

  private func probed() async throws -> RouterLock.Holder? {
    let program = RemoteProgram(RouterLock.probe(testbed: "three"))
    return RouterLock.holder(
      in: try await Shell.dash.run(testbed.text(of: program, on: "router1")).output)
  }

  private var files: [String] { testbed.folder.names(in: "router1/run/planetbed/lock.three") }

  /// Lets the present lock expire.
  private func expire() throws {
    let name = "router1/run/planetbed/lock.three/" + (try #require(files.first))
    var lines = try #require(testbed.folder.read(name)).split(
      separator: "\n", omittingEmptySubsequences: false)
    lines[4] = "1000"
    try testbed.folder.write(lines.joined(separator: "\n"), to: name)
  }

  @Test(arguments: 0..<Shell.all.count)
  func isForOneAtATime(shell: Int) async throws {
    let shell = Shell.all[shell]
    let anna = lock("run-a", holder: "anna's laptop")
    let bob = lock("run-b", owner: "other", holder: "bob@desk")
    #expect(try await probed() == nil)
    #expect(try await take(anna, shell: shell) == .taken(before: nil))
    guard case .held(let holder) = try await take(bob, shell: shell) else {
      Issue.record("two hold the lock")
      return
    }
    #expect(holder.name == "anna's laptop" && holder.run == "run-a" && holder.generation == 1)
    #expect(holder.expiry == holder.since + 600_000)
    #expect(try await probed() == holder)
    #expect(try await ask(anna, anna.renewingProgram, shell: shell) == .taken(before: holder))
    try await release(anna)
    let released = try #require(try await probed())
    #expect(released.expiry == 0 && released.run == "run-a")
    #expect(try await take(bob, shell: shell) == .taken(before: released))
    #expect(try await probed()?.generation == 2)
    #expect(files == ["2"])
    let text = bob.conflict(with: holder).description
    #expect(text.contains("anna's laptop is changing this testbed since 20"))
    #expect(text.contains("The lock on the router router1 is held by the run run-a until 20"))
    #expect(
      anna.change(by: holder).description.contains(
        "the testbed was changed by anna's laptop since the plan was made"))
  }

  @Test func oneOfManyGetsIt() async throws {
    let taken = try await withThrowingTaskGroup(of: RouterLock.Answer.self) { group in
      for number in 0..<12 {
        group.addTask { try await self.take(self.lock("run-\(number)", owner: "mark-\(number)")) }
      }
      var taken = 0
      for try await answer in group {
        switch answer {
        case .taken: taken += 1
        case .held(let holder): #expect(holder.generation == 1)
        }
      }
      return taken
    }
    #expect(taken == 1)
    #expect(files == ["1"])
  }

  @Test func theSameFolderTakesItOverAtOnce() async throws {
    #expect(try await take(lock("killed")) == .taken(before: nil))
    let left = try #require(try await probed())
    #expect(try await take(lock("next")) == .taken(before: left))
    // What the killed run would say now is no longer heard.
    let killed = lock("killed")
    guard case .held(let holder) = try await ask(killed, killed.renewingProgram) else {
      Issue.record("a lock that was taken over was renewed")
      return
    }
    #expect(holder.run == "next")
    #expect(
      killed.loss(to: holder).description.contains(
        "the testbed's lock on the router router1 was lost to anna@laptop"))
    try await release(killed)
    #expect(try await probed()?.run == "next")
  }

  @Test func anExpiredOneIsTakenOver() async throws {
    #expect(try await take(lock("lost", owner: "other")) == .taken(before: nil))
    try expire()
    let expired = try #require(try await probed())
    #expect(expired.expiry == 1_000_000)
    #expect(try await take(lock("next")) == .taken(before: expired))
  }

  @Test func leavesNothingAfterAReset() async throws {
    let anna = lock("run-a")
    #expect(try await take(anna) == .taken(before: nil))
    try await release(anna, removing: true)
    #expect(testbed.folder.names(in: "router1/run") == [])
    // A lock that was restarted away is lost, and giving it back is no error.
    guard case .held(let nobody) = try await ask(anna, anna.renewingProgram) else {
      Issue.record("a lock that is not there was renewed")
      return
    }
    #expect(nobody.name == "")
    #expect(
      anna.loss(to: nobody).description.hasPrefix(
        "the testbed's lock on the router router1 was lost:"))
    try await release(anna, removing: true)
  }

  @Test func survivesWhatARouterMaySay() throws {
    let anna = lock("run-a")
    func answer(_ output: String, _ status: Int32 = 0) throws -> RouterLock.Answer {
      try anna.answer(
        from: ProgramResult(
          ending: .exited(status), output: Array(output.utf8), errors: Array("no\u{7}room".utf8)))
    }
    for bad in ["", "held\n", "other\n1\na\nb\n1\n2\n", "held\nmany\na\nb\n1\n2\n"] {
      let problem = try #require(throws: Problem.self) { try answer(bad) }
      #expect(problem.description.contains("cannot take the testbed's lock on the router router1"))
      #expect(problem.description.contains("The router said: no\\u{7}room"))
    }
    _ = try #require(throws: Problem.self) { try answer("taken\n0\n\n\n0\n0\n", 1) }
    _ = try #require(throws: Problem.self) {
      try answer("held\n7\nr\n" + String(repeating: "x", count: 9000) + "\n1\n2\n")
    }
    guard case .held(let holder) = try answer("held\n7\nr\n\u{1b}[31mx\n-5\n99999999999999999999\n")
    else {
      Issue.record("not held")
      return
    }
    #expect(holder == .init(generation: 7, run: "r", name: "\\e[31mx", since: 0, expiry: 0))
  }

  @Test func isRenewedByTheClock() async throws {
    let hand = HandClock()
    let connection = try await testbed.connect(to: "router1")
    let programs = Record<Int>()
    let held = HeldLock(
      lock: lock("run-a"), connection: connection, closesConnection: true, clock: hand.clock,
      onProgram: { programs.add(1) })
    try await held.take(expecting: .some(nil))
    async let loss = held.keep()
    for _ in 0..<3 {
      await hand.someoneWaits()
      hand.advance(120)
    }
    await hand.someoneWaits()
    #expect(programs.all.count == 4)
    // Another takes it over, as if it had expired meanwhile.
    try expire()
    #expect(
      try await take(lock("run-b", owner: "other", holder: "bob@desk")) != .taken(before: nil))
    hand.advance(120)
    let problem = try #require(await loss)
    #expect(problem.description.contains("was lost to bob@desk"))
    await held.release(removing: false)
    #expect(try await probed()?.run == "run-b")
    #expect(testbed.openConnections == 0)
  }

  @Test func isGivenUpWhenItCannotBeRenewedInTime() async throws {
    let hand = HandClock()
    let connection = try await testbed.connect(to: "router1")
    let held = HeldLock(
      lock: lock("run-a"), connection: connection, closesConnection: false, clock: hand.clock,
      onProgram: {})
    try await held.take(expecting: nil)
    testbed.cut("router1")
    async let loss = held.keep()
    // It is valid for 600 s, and nobody else may have it before.
    for _ in 0..<5 {
      await hand.someoneWaits()
      hand.advance(120)
    }
    let problem = try #require(await loss)
    #expect(problem.description.contains("router1 cannot be reached"))
    #expect(hand.clock.uptime() == 600)
  }

  @Test func aChangeSinceThePlanIsNoticed() async throws {
    let before = lock("run-a", owner: "other", holder: "bob@desk")
    #expect(try await take(before) == .taken(before: nil))
    let atWork = try #require(try await probed())
    try await release(before)
    let released = try await probed()
    for seen: RouterLock.Holder? in [nil, atWork] {
      let held = HeldLock(
        lock: lock("run-b"), connection: try await testbed.connect(to: "router1"),
        closesConnection: true, clock: HandClock().clock, onProgram: {})
      let problem = try await #require(throws: Problem.self) {
        try await held.take(expecting: seen)
      }
      #expect(problem.description.contains("was changed by bob@desk since the plan was made"))
      try testbed.folder.write(
        "run-a\nbob@desk\nother\n\(atWork.since / 1000)\n0\n",
        to: "router1/run/planetbed/lock.three/1")
      try FileManager.default.removeItem(
        atPath: testbed.path(of: "router1") + "/run/planetbed/lock.three/2")
    }
    let held = HeldLock(
      lock: lock("run-c"), connection: try await testbed.connect(to: "router1"),
      closesConnection: true, clock: HandClock().clock, onProgram: {})
    try await held.take(expecting: released)
    await held.abandon()
    #expect(testbed.openConnections == 0)
  }
}

import Execution
import Measurement

extension StartCell {
  /// `{rttMs, measuredRttMs, asAsked, drops, containers, runs[], mean, median, stddev, min, max, …}`,
  /// in seconds; of the finished runs.
  var json: JSONValue {
    let summary = summary
    return [
      "rttMs": .measured(rttMilliseconds), "measuredRttMs": .measured(measuredRTTMilliseconds),
      "asAsked": isAsAsked.map { .boolean($0) } ?? .null, "drops": .integer(drops),
      "containers": .integer(containers), "runs": .array(runs.map(\.json)),
      "mean": .measured(summary?.mean), "median": .measured(summary?.median),
      "stddev": .measured(summary?.standardDeviation), "min": .measured(summary?.minimum),
      "max": .measured(summary?.maximum), "seed2019Mean": .measured(StartsTable.seed(self)),
    ]
  }
}

extension StartRun {
  /// `{number, begun, seconds, complete, pods[]}`
  var json: JSONValue {
    [
      "number": .integer(number), "begun": .string(OperatorClock.text(begun)),
      "seconds": .measured(seconds), "complete": .boolean(isComplete),
      "pods": .array(
        containers.map { pod in
          [
            "name": .string(pod.pod), "node": .optional(pod.node),
            "createdMs": .measured(pod.created), "scheduledMs": .measured(pod.scheduled),
            "seenMs": .measured(pod.seen), "startedMs": .measured(pod.started),
            "readyMs": .measured(pod.ready),
          ]
        }),
    ]
  }
}

extension ExperimentManifest {
  /// `{planetbed, inventory, inventoryDigest, kubernetes, image, seed, runs, …, machines[]}`
  var json: JSONValue {
    [
      "planetbed": .string(planetbed), "inventory": .string(inventory),
      "inventoryDigest": .string(inventoryDigest), "kubernetes": .string(kubernetes),
      "image": .string(image),
      // In digits: a number of JSON is a double in many languages, and loses the last ones.
      "seed": .optional(seed.map { String($0) }), "runs": .integer(runs),
      "deadlineSeconds": .measured(deadlineSeconds), "mountsTokens": .boolean(mountsTokens),
      "instrumentSeconds": .measured(instrumentSeconds),
      "operatorLoad": .array(operatorLoad.map { .measured($0) }),
      "machines": .array(machines.map(\.json)),
    ]
  }
}

extension ExperimentManifest.Machine {
  /// `{name, site, role, system, kernel, runtime, processors, memory, clockOffsetMs, …}`
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "site": .string(site), "role": .string(role),
      "system": .string(system), "kernel": .string(kernel), "runtime": .optional(runtime),
      "processors": .optional(processors), "memory": .optional(memory.map { Int($0) }),
      "clockOffsetMs": .measured(clockOffsetMilliseconds),
      "clockUncertaintyMs": .measured(clockUncertaintyMilliseconds),
    ]
  }
}

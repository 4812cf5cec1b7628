import Diagnostics
import Execution
import Experiments
import Reporting

/// `planetbed measure`
enum MeasureVerb: Verb {
  static let csv = OptionDeclaration(
    "csv", value: .init("file"), "Write the stages of every container there, a row for each.")

  static let declaration = CommandDeclaration(
    "measure", "Measure how long containers take to start under delays.",
    discussion: """
      Gives the paths between the masters' site and the workers' sites each round-trip time in turn, starts \
      so many containers at once, spread over all workers, and takes the time until all are ready, by the \
      master's clock; again and again. The delays that were there before are put back at the end, also \
      after Ctrl-C. Without options it is the table that planetbed comes from, 45 starts; \
      docs/measure.md has more. Exit status 3 when a delay was off or a start was cut off.
      """,
    parameters: [CommonParameters.inventory],
    options: MeasureArguments.matrix + [MeasureArguments.resume, csv] + ConnectionOptions.all,
    examples: [
      "planetbed measure inventory/lab.toml --rtt 0ms,300ms --containers 4 --runs 2",
      "planetbed measure inventory/lab.toml --null --csv starts.csv",
      "planetbed measure inventory/lab.toml --resume",
    ])
  static let inventoryOfMachines: ParameterDeclaration? = CommonParameters.inventory

  static func run(_ invocation: Invocation) async throws -> ExitStatus {
    let arguments = invocation.arguments
    let work: MeasureRun.Work
    if let name = arguments.value(MeasureArguments.resume) {
      try MeasureArguments.checkResumption(arguments)
      work = .resume(name)
    } else {
      // Short enough to be typed again.
      let seed = UInt64(invocation.surroundings.clock.now().magnitude % 1_000_000)
      work = .begin(try MeasureArguments.request(arguments, freshSeed: seed))
    }
    let file = arguments.value(csv)
    // Better now than after an hour.
    if let file { try PrivateFile.checkWritable(file) }
    let setup = try RunSetup(invocation)
    return try await MeasureRun(setup: setup, invocation: invocation, file: file).perform(work)
  }
}

import ShellPrograms

/// The programs by which machines tell what they are, and workers fetch images and tell when their
/// containers were started.
enum NodeProgram {
  /// How much is taken of what a worker tells of its containers.
  static let outputLimit = 4 << 20
  /// How long a worker may take to fetch an image, in seconds.
  static let fetchPatience = 600
  /// More containers of one worker are not asked about.
  static let mostContainers = 2000

  /// Asks what a machine is. Frames: `system`, `kernel`, `processors`, `memory` in kB, and `pause`, the image
  /// of pods' first processes that its container runtime is configured with; each may be empty.
  static func describing(boundary: String = FrameFormat.randomBoundary()) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings + """
        frame system "$(sed -n 's/^PRETTY_NAME="\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/\\1/p' /etc/os-release)"
        frame kernel "$(uname -r)"
        frame processors "$(nproc 2>/dev/null || grep -c ^processor /proc/cpuinfo)"
        frame memory "$(sed -n 's/^MemTotal: *\\([0-9]*\\) kB$/\\1/p' /proc/meminfo)"
        frame pause "$(sed -n 's/^ *sandbox\\(_image\\)\\{0,1\\} = ["'\\'']\\([^"'\\'']*\\)["'\\'']$/\\2/p' \\
          /etc/containerd/config.toml 2>/dev/null)"
        exit 0

        """, deadline: .seconds(60))
  }

  /// Fetches an image unless it is there. Frames: `fetched`, or `failed` with the reason.
  static func fetching(
    _ image: String, boundary: String = FrameFormat.randomBoundary()
  ) -> RemoteProgram {
    let word = ShellQuoting.quoted(image)
    return RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings + """
        if crictl inspecti \(word) >/dev/null 2>&1; then
          frame fetched ''
          exit 0
        fi
        said=$(timeout \(fetchPatience) crictl pull \(word) 2>&1)
        status=$?
        [ "$status" != 124 ] || said="it took longer than \(fetchPatience) s"
        if [ "$status" = 0 ]; then frame fetched ''; else frame failed "${said:-crictl ended with $status}"; fi
        exit 0

        """, deadline: .seconds(fetchPatience + 60))
  }

  /// Asks for the time of day. Frame: `days`, with it and the clock from the machine's start.
  static func days(boundary: String = FrameFormat.randomBoundary()) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ClockShell.now + """
        frame days "$(days 8)"
        exit 0

        """, asRoot: false, deadline: .seconds(60))
  }

  /// Asks when containers were started. Frames: `days` with the time of day and the clock from the start;
  /// `containers`: for each a line `container`, then what it is; or `failed` with the reason.
  static func collecting(boundary: String = FrameFormat.randomBoundary()) -> RemoteProgram {
    RemoteProgram(
      FrameFormat.opening(boundary: boundary) + ShellLibrary.surroundings + ClockShell.now + #"""
        frame days "$(days 8)"
        ids=$(timeout 60 crictl ps -a -q 2>&1) || {
          frame failed "$ids"
          exit 0
        }
        frame containers "$(printf '%s\n' "$ids" | head -n \#(mostContainers) | while read -r id; do
          case $id in *[!0-9a-f]* | '') continue ;; esac
          echo container
          timeout 60 crictl inspect "$id" 2>/dev/null </dev/null | sed -n \
            -e 's/^ *"started_\{0,1\}[aA]t": *"\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/started \1/p' \
            -e 's/^ *"io\.kubernetes\.pod\.name": *"\([^"]*\)",\{0,1\}$/pod \1/p' \
            -e 's/^ *"io\.kubernetes\.pod\.namespace": *"\([^"]*\)",\{0,1\}$/namespace \1/p'
        done | head -c \#(outputLimit))"
        exit 0

        """#, deadline: .seconds(600))
  }
}

/// What a machine told of itself; texts are its own, and bounded.
struct MachineReading: Sendable, Hashable {
  /// Its system, `Debian GNU/Linux 12 (bookworm)`.
  var system = ""
  /// Its kernel.
  var kernel = ""
  /// How many processors it has.
  var processors: Int?
  /// Its memory in bytes.
  var memory: Int64?
  /// The image of pods' first processes; nil when it told none that can be one.
  var pauseImage: String?

  /// Reads the frames of `NodeProgram.describing`.
  init(_ frames: [Frame]) {
    for frame in frames {
      let line = frame.lines(1).first.map(String.init) ?? ""
      switch frame.words.first {
      case "system": system = String(line.prefix(100))
      case "kernel": kernel = String(line.prefix(100))
      case "processors": processors = Int(line).flatMap { (1...100_000).contains($0) ? $0 : nil }
      case "memory":
        memory = Int64(line).flatMap { (1...(1 << 50)).contains($0) ? $0 * 1024 : nil }
      case "pause": pauseImage = StartObjects.isImage(line) ? line : nil
      default: continue
      }
    }
  }
}

/// What a worker told of its containers.
struct ContainerReading: Sendable {
  /// Its time of day against the clock from its start.
  private(set) var day: WallClock?
  /// When the first container of each pod was started, by its time of day in milliseconds.
  private(set) var started: [String: Double] = [:]
  /// Why it told nothing of them.
  private(set) var failure: String?

  private static let mostLines = 20_000

  /// Reads the frames of `NodeProgram.collecting`; only this namespace's containers count.
  init(_ frames: [Frame], namespace: String) {
    for frame in frames {
      switch frame.words.first {
      case "days": day = WallClock(frame.lines(64).compactMap { WallClock.reading($0) })
      case "failed": failure = frame.lastLine
      case "containers": read(frame.lines(Self.mostLines), namespace)
      default: continue
      }
    }
  }

  private mutating func read(_ lines: [Substring], _ namespace: String) {
    var fields: [Substring: Substring] = [:]
    for line in lines + ["container"] {
      let words = line.split(separator: " ")
      if words.count == 2 {
        fields[words[0]] = fields[words[0]] ?? words[1]
        continue
      }
      guard line == "container" else { continue }
      if let pod = fields["pod"], StartObjects.isName(pod), fields["namespace"] == namespace[...],
        let time = fields["started"].flatMap({ RuntimeTime.milliseconds($0) })
      {
        started[String(pod)] = min(time, started[String(pod)] ?? time)
      }
      fields = [:]
    }
  }
}

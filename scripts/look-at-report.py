#!/usr/bin/env python3
"""Opens a report in Debian's chromium as a reader would, and says what is wrong with what is seen.

    scripts/look-at-report.py REPORT.html [FOLDER]

At 375 and 1440 pixels, light and dark: no message on the console, no request beside the file itself, no
scrolling of the page sideways, no label of a drawing that covers another or is cut, every text with a
contrast of 4.5 to what is behind it, and every table with the figures of the report's own JSON. FOLDER gets a picture of each, and the report as it is printed.
The exit status is 1 when something is wrong. Needs what
`scripts/install-packages.sh report` installs, and no network.
"""

import base64
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

# What is wrong with the page as it is laid out now; a text is compared with others of its own drawing.
LOOK = r"""
(() => {
  const faults = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth)
    faults.push(`the page is ${page.scrollWidth} pixels wide, the window ${page.clientWidth}`);
  for (const drawing of document.querySelectorAll('svg[role=img]')) {
    const frame = drawing.getBoundingClientRect();
    if (frame.width === 0) continue;
    const texts = [...drawing.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    for (const [text, box] of texts) {
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
        faults.push(`cut: "${text}" in "${drawing.querySelector('title').textContent}"`);
      if (box.height < 9) faults.push(`small: "${text}" is ${box.height.toFixed(1)} pixels high`);
    }
    texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
      // Lines of text keep some room above and below that letters seldom use.
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const along = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && along > 3) faults.push(`"${one}" covers "${other}"`);
    }));
  }
  const channels = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = channels(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const element of document.querySelectorAll('body *')) {
    if (![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    if (['title', 'desc', 'STYLE'].includes(element.tagName) || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const colour = channels(element.tagName === 'text' ? style.fill : style.color);
    const [low, high] = [luminance(colour), luminance(behind(element))].sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    const key = `${element.tagName}.${element.getAttribute('class')}`;
    if (contrast < 4.5 && !seen.has(key)) {
      seen.add(key);
      faults.push(`contrast ${contrast.toFixed(2)} of ${key}: "${element.textContent.slice(0, 30)}"`);
    }
  }
  return JSON.stringify({ faults, height: page.scrollHeight });
})()
"""

# Every table as the browser has it, by its caption, and the file report.json that the page carries.
READ = r"""
(() => {
  const tables = {};
  for (const table of document.querySelectorAll('table'))
    tables[table.caption.textContent] =
      [...table.tBodies[0].rows].map(row => [...row.cells].map(cell => cell.textContent));
  const file = document.querySelector('a[download="report.json"]').getAttribute('href');
  return JSON.stringify({ tables, file: file.slice(file.indexOf(',') + 1) });
})()
"""


def fault_of_figure(place, shown, value, decimals=2):
    """What is wrong with a figure that is shown for a value; None when nothing is."""
    if value is None or isinstance(value, str):
        return None if shown == "–" else f"{place}: {shown} is shown, and nothing was measured"
    try:
        number = float(shown.replace("−", "-"))
    except ValueError:
        return f"{place}: {shown} is shown for {value}"
    # Half of the last decimal, and what a binary number is off.
    if abs(number - value) > 0.5 * 10**-decimals + 1e-9:
        return f"{place}: {shown} is shown for {value}"
    return None


def faults_of_figures(read):
    """Where tables do not say what the report's own JSON says."""
    contents = json.loads(base64.b64decode(read["file"]))
    compared = 0

    def rows(caption, values):
        nonlocal compared
        if not values:
            return []
        found = next((table for name, table in read["tables"].items() if name.startswith(caption)), None)
        if found is None or len(found) != len(values):
            faults.append(f"'{caption}' has not the {len(values)} rows of the JSON")
            return []
        compared += len(values)
        return zip(found, values)

    faults = []

    def check(place, shown, value, decimals=2):
        fault = fault_of_figure(place, shown, value, decimals)
        if fault:
            faults.append(fault)

    for row, tunnel in rows("Tunnels between", contents["tunnels"]):
        check(f"tunnel {row[0]} – {row[1]}", row[3], tunnel.get("rttMilliseconds"))
    for row, delay in rows("Round-trip times of pairs", contents["delays"]):
        for column, member in (2, "askedMilliseconds"), (3, "measuredMilliseconds"), (4, "standardDeviation"):
            check(f"{member} of {row[0]} → {row[1]}", row[column], delay.get(member))
    for row, cell in rows("Seconds until all", (contents.get("starts") or {}).get("cells", [])):
        times = sorted(run["seconds"] for run in cell["runs"] if run["isComplete"])
        place = f"{row[0]} ms × {row[2]}"
        if row[3] != f"{len(times)} of {len(cell['runs'])}":
            faults.append(f"{place}: {row[3]} runs are shown as finished, not {len(times)}")
        check(f"mean of {place}", row[4], statistics.fmean(times) if times else None)
        deviation = (statistics.stdev(times) if len(times) > 1 else 0) if times else None
        check(f"standard deviation of {place}", row[5], deviation)
        check(f"median of {place}", row[6], statistics.median(times) if times else None)
    reachability = contents.get("reachability") or {"hosts": [], "milliseconds": []}
    # With more hosts there is a list of gaps in the matrix's place.
    if len(reachability["hosts"]) <= 60:
        matrix = rows("Round-trip times in milliseconds, from", reachability["milliseconds"])
        for place, (row, times) in enumerate(matrix):
            for column, time in enumerate(times):
                shown = row[column + 1]
                if column == place:
                    continue
                if time is None:
                    if "no answer" not in shown:
                        faults.append(f"{row[0]} has no answer from host {column}, and {shown} is shown")
                else:
                    decimals = len(shown.partition(".")[2])
                    check(f"{row[0]} to {reachability['hosts'][column]}", shown, time, decimals)
    if not compared:
        faults.append("no table was compared with the JSON")
    return faults


class Browser:
    """A browser that is driven over two pipes (its --remote-debugging-pipe)."""

    def __init__(self, profile):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()

        def pipes():
            # The browser reads at 3 and writes at 4; first out of the way of both.
            read, write = os.dup2(to_browser, 20), os.dup2(from_browser, 21)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"]
            + ["--hide-scrollbars", "--disable-background-networking", "--no-first-run"]
            + ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None

    def receive(self):
        while b"\0" not in self.buffer:
            part = os.read(self.input, 1 << 20)
            if not part:
                sys.exit("look-at-report.py: chromium ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"look-at-report.py: {method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def faults_of_events(self, address):
        for event in self.events:
            method, values = event.get("method"), event.get("params", {})
            if method == "Runtime.consoleAPICalled":
                yield f"console: {values['args']}"
            elif method == "Runtime.exceptionThrown":
                yield f"exception: {values['exceptionDetails']['text']}"
            elif method == "Log.entryAdded":
                yield f"console: {values['entry']['text']}"
            elif method == "Network.requestWillBeSent":
                asked = values["request"]["url"]
                if asked.split("#")[0] != address and not asked.startswith("data:"):
                    yield f"a request: {asked[:200]}"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: scripts/look-at-report.py REPORT.html [FOLDER]")
    address = pathlib.Path(sys.argv[1]).resolve(strict=True).as_uri()
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else None
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    faults = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        browser.session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            browser.call(f"{domain}.enable")
        for width in (375, 1440):
            for scheme in ("light", "dark"):
                browser.events.clear()
                browser.call(
                    "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
                browser.call(
                    "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
                browser.call("Page.navigate", url=address)
                browser.wait_for("Page.loadEventFired")
                for opened in (False, True):
                    if opened:
                        opening = "document.querySelectorAll('details').forEach(d => { d.open = true })"
                        browser.call("Runtime.evaluate", expression=opening)
                    value = browser.call("Runtime.evaluate", expression=LOOK)["result"]["value"]
                    seen = json.loads(value)
                    faults += [f"{width} {scheme}{' opened' if opened else ''}: {f}" for f in seen["faults"]]
                    if folder and not opened:
                        clip = {"x": 0, "y": 0, "width": width, "height": seen["height"], "scale": 1}
                        picture = browser.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
                        (folder / f"{width}-{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
                read = json.loads(browser.call("Runtime.evaluate", expression=READ)["result"]["value"])
                faults += [f"{width} {scheme}: {fault}" for fault in faults_of_figures(read)]
                faults += [f"{width} {scheme}: {fault}" for fault in browser.faults_of_events(address)]
        if folder:
            browser.call("Emulation.clearDeviceMetricsOverride")
            browser.call("Page.navigate", url=address)
            browser.events.clear()
            browser.wait_for("Page.loadEventFired")
            paper = browser.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True, paperWidth=8.27, paperHeight=11.69)
            (folder / "printed.pdf").write_bytes(base64.b64decode(paper["data"]))
        browser.session = None
        browser.call("Browser.close")
        browser.process.wait(timeout=60)
    for fault in dict.fromkeys(faults):
        print(fault)
    sys.exit(1 if faults else 0)


main()

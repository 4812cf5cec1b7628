#!/bin/sh
# Opens the reports of Tests/ReportTests/Snapshots in Debian's chromium, and fails when something is wrong
# with what is seen (docs/report.md). Where chromium cannot be had the reason is printed: what is left then
# are ReportTests, which read the same pages without a browser.
set -eu
cd "$(dirname "$0")/.."
if ! sh scripts/install-packages.sh report; then
  echo "test-report.sh: no browser, so that reports are looked at by ReportTests alone" >&2
  exit 0
fi
status=0
for page in Tests/ReportTests/Snapshots/*.html; do
  if python3 scripts/look-at-report.py "$page"; then
    echo "$page: nothing wrong at 375 and 1440 pixels, light and dark"
  else
    echo "test-report.sh: something is wrong with $page" >&2
    status=1
  fi
done
exit "$status"

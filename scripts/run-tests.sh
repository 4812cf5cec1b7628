#!/bin/sh
# Runs tests that are built, with the arguments of `swift test`, and repeats at the end what failed:
# a thousand lines of tests that passed stand after it otherwise.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
  swift test --skip-build "$@" 2>&1
  echo "$?" >"$log.status"
} | tee "$log"
status=$(cat "$log.status")
rm -f "$log.status"
if [ "$status" -ne 0 ]; then
  printf '\nWhat failed of: swift test %s\n' "$*"
  # A failed expectation takes a line of its own and, often, some lines of values after it.
  grep -a -A 4 '✘.*recorded an issue' "$log" | grep -a -v '^[^✘]*✔' | tail -n 200
  grep -a '✘.*failed after\|error:' "$log" | tail -n 60
fi
exit "$status"

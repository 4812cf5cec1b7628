#!/bin/sh
# The table of `make table5.1`: container start times under delay, on the testbed of an inventory, with
# the computer that it was measured on. As root, after `make build` for a lab.
#
#   scripts/table5.1.sh PLANETBED INVENTORY FOLDER [options of `planetbed measure`]
#
# Without options it is the seed's whole table; `--resume` goes on with one that was interrupted.
set -eu
planetbed=$1
inventory=$2
folder=$3
shift 3
if [ "$#" -eq 0 ]; then
  set -- --rtt 100ms,300ms,500ms --containers 4,20,100 --runs 5 --seed 51 --null
fi

mkdir -p "$folder"
page=$folder/table5.1.md
text=$(mktemp)
trap 'rm -f "$text"' EXIT
# shellcheck disable=SC1091
system=$(. /etc/os-release && echo "$PRETTY_NAME")

# A delay that was off or a start that was cut off (3) is a result too.
status=0
"$planetbed" measure "$inventory" "$@" --csv "$folder/table5.1.csv" >"$text" || status=$?
cat "$text"
case $status in 0 | 3) ;; *) exit "$status" ;; esac

{
  echo "# Table 5.1, measured again"
  echo
  echo "Written by \`make table5.1\` on $(date -u +%Y-%m-%d). The whole testbed, all its routers, masters and"
  echo "workers, is a lab on one computer, whose processors they share:"
  echo
  echo "- processors: $(nproc), $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | sort -u | head -n 1)"
  echo "- memory: $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)"
  echo "- system: $system, Linux $(uname -r)"
  echo "- $("$planetbed" version), testbed: $inventory"
  echo
  echo "    planetbed measure $inventory $*"
  echo
  echo '```text'
  cat "$text"
  echo '```'
  echo
  echo "[table5.1.csv](table5.1.csv) has the stages of every container, [table5.1.html](table5.1.html) the report;"
  echo "what the columns and stages mean is in [measure.md](../measure.md)."
} >"$page"
"$planetbed" report "$inventory" --out "$folder/table5.1.html" || {
  # The page's own gates are of the testbed as it is now, and no reason to lose the table.
  reported=$?
  [ "$reported" -eq 3 ] || exit "$reported"
}
echo "Written: $page, $folder/table5.1.csv, $folder/table5.1.html"
exit "$status"

# What was made, listed. Sourced, after common.sh.
# shellcheck shell=sh disable=SC2164 # with set -e

# list_debian PACKAGE...: a line for each of the build root's packages whose files are in an image.
list_debian() {
  for program; do
    printf 'from %s\n' "$(in_root dpkg-query -W -f '${Package} ${Version}' "$program")"
  done
}

# list_files: a line by file: path, sha256, size in bytes, and the package's name and version or the
# image's name.
list_files() (
  cd "$RESULT"
  for file in packages/*.deb; do
    printf 'package %s %s %s %s\n' "$file" "$(sha256sum "$file" | cut -d' ' -f1)" \
      "$(stat -c %s "$file")" "$(dpkg-deb --show --showformat '${Package} ${Version}' "$file")"
  done
  while read -r file reference; do
    printf 'image %s %s %s %s\n' "$file" "$(sha256sum "$file" | cut -d' ' -f1)" \
      "$(stat -c %s "$file")" "$reference"
  done <"$WORK/image-references"
)

#!/bin/sh
# Puts what "make static" has built where a machine looks for it: executables, wrapper, manual pages, completions,
# schemas, files for the cycle, documents and licences.
# Usage: PREFIX=/usr/local DESTDIR= Scripts/install.sh
set -eu

cd -- "$(dirname -- "$0")/.."
built=.build/static
prefix=${PREFIX-/usr/local}
root=${DESTDIR-}$prefix

for program in swab swab-submit; do
  [ -x "$built/$program" ] || {
    echo "install: $built/$program is missing: run \"make static\" first" >&2
    exit 66
  }
done

# Executables first: the rest comes from what they say of themselves.
mkdir -p "$root/bin" "$root/share/man/man1" "$root/share/bash-completion/completions" \
  "$root/share/zsh/site-functions" "$root/share/fish/vendor_completions.d" "$root/share/swab/schemas" \
  "$root/share/swab/cycle" "$root/share/doc/swab/Licences"
install -m 755 "$built/swab" "$built/swab-submit" "$built/swab-job.sh" "$root/bin"
for program in swab swab-submit; do
  Scripts/manual.py "$built/$program" >"$root/share/man/man1/$program.1"
  "$built/$program" --generate-completion-script bash >"$root/share/bash-completion/completions/$program"
  "$built/$program" --generate-completion-script zsh >"$root/share/zsh/site-functions/_$program"
  "$built/$program" --generate-completion-script fish >"$root/share/fish/vendor_completions.d/$program.fish"
done
# Every document that an executable has a schema for, as it lists them itself.
documents() {
  "$1" --experimental-dump-help | python3 -c '
import json
import sys

commands = json.load(sys.stdin)["command"]["subcommands"]
print("\n".join(next(command for command in commands if command["commandName"] == "schema")["arguments"][0]["allValues"]))
'
}
listed=$(documents "$built/swab")
for document in $listed; do
  "$built/swab" schema "$document" >"$root/share/swab/schemas/$document.json"
done
listed=$(documents "$built/swab-submit")
for document in $listed; do
  "$built/swab-submit" schema "$document" >"$root/share/swab/schemas/campaign-$document.json"
done
for file in Scripts/cycle/*; do
  # The unit and the cron line name the place of the executable.
  sed "s#/usr/local/bin/swab-submit#$prefix/bin/swab-submit#g" "$file" >"$root/share/swab/cycle/$(basename "$file")"
done
install -m 644 README.md CHANGELOG.md SECURITY.md LICENSE NOTICE "$root/share/doc/swab"
install -m 644 Documentation/* "$root/share/doc/swab"
install -m 644 Licences/* "$root/share/doc/swab/Licences"
find "$root/share" -type f -exec chmod 644 {} +

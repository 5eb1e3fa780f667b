#!/bin/sh
# Resolve every dependency to pinned, hashed versions; no address is written down.
# The graph extra is locked apart and without hashes, because PyTorch is built once for every kind of processor.
set -eu
uv=$1
held=$(mktemp)
trap 'rm -f "$held"' EXIT
echo 'setuptools<82' >"$held" # the newest that PyTorch takes
resolve() { "$uv" pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate -c "$held" "$@" >/dev/null; }
printf 'uv==%s\n' "$("$uv" --version | cut -d' ' -f2)" | resolve - --generate-hashes -o lock/installer.txt
resolve pyproject.toml --generate-hashes -o lock/runtime.txt
resolve pyproject.toml --group dev -c lock/runtime.txt --generate-hashes -o lock/dev.txt
printf 'hatchling\n' | resolve - -c lock/dev.txt --generate-hashes -o lock/build.txt
printf 'filelock\nfsspec\njinja2\nnetworkx\nsetuptools\nsympy\ntyping-extensions\n' |
    resolve - -c lock/runtime.txt -o lock/graph.txt
printf 'torch==2.13.0\n' >>lock/graph.txt

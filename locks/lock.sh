#!/bin/sh
# Makes the locks anew from pyproject.toml, by uv: `make lock`. Versions stay where they still fit; with --upgrade, or
# `--upgrade-package NAME`, they do not. One resolution holds for every Python and platform under [tool.uv].
set -eu
cd "$(dirname "$0")/.."

lock() {
    into="locks/$1.txt"
    shift
    "${UV:-uv}" pip compile --quiet --universal --python-version 3.11 --generate-hashes --annotation-style line \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file "$into" "$@"
}

# What `make setup` installs goes first; the image has the same versions of what it shares with it.
lock development pyproject.toml --extra local --extra otlp --extra dev --group build "$@"
lock runtime pyproject.toml --extra otlp --constraint locks/development.txt "$@"
lock image --group image --constraint locks/development.txt "$@"
lock tools --group tools "$@"

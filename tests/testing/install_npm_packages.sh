#!/usr/bin/env bash
# usage: install_npm_packages.sh SOURCE_DIR TARGET_DIR
# Installs into TARGET_DIR exactly what SOURCE_DIR's package-lock.json names; nothing is run that the packages bring.
# Done once for a lock file: a second run takes no time and needs no network.
set -euo pipefail
source=$1
target=$2

mkdir -p "$target"
if cmp -s "$source/package-lock.json" "$target/installed-lock.json" 2>/dev/null; then exit 0; fi
rm -f "$target/installed-lock.json"
cp "$source/package.json" "$source/package-lock.json" "$target/"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error
cp "$source/package-lock.json" "$target/installed-lock.json"

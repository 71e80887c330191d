#!/usr/bin/env bash
# Checks for what the local run needs and installs its npm packages. Safe to repeat.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
need() { # need COMMAND WHAT APT BREW
  command -v "$1" >/dev/null || missing+=("$2: apt-get install $3, or brew install $4")
}
need go "Go 1.26 or later" golang go
need c++ "a C++ compiler, to link DuckDB" g++ gcc
need node "Node.js 20 or later" nodejs node
need npm "npm" npm node
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: not found on this machine:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "setup: installing npm packages"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

#!/usr/bin/env bash
# Checks for what the local run needs and installs its packages. Safe to repeat. Pipelines without a job need neither Java
# nor Python: setup.sh [PIPELINE|all]
set -euo pipefail
cd "$(dirname "$0")"
# The weather pipeline runs its job on Spark.
case ${1:-all} in weather | all) jobs=true ;; *) jobs=false ;; esac

missing=()
need() { # need COMMAND WHAT APT BREW
  command -v "$1" >/dev/null || missing+=("$2: apt-get install $3, or brew install $4")
}
need go "Go 1.26 or later" golang go
need c++ "a C++ compiler, to link DuckDB" g++ gcc
need node "Node.js 20 or later" nodejs node
need npm "npm" npm node
if $jobs; then
  need python3.11 "Python 3.11 with venv, for Spark" "python3.11 python3.11-venv" python@3.11
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  if ! command -v "$java" >/dev/null || ! "$java" -version 2>&1 | grep -q 'version "17\.'; then
    missing+=("Java 17, for Spark (set JAVA_HOME where several are installed): apt-get install openjdk-17-jre-headless, or brew install openjdk@17")
  fi
fi
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

venv=../etl/.venv
if $jobs && { [ ! -e $venv/installed ] || [ ../etl/requirements.txt -nt $venv/installed ]; }; then
  echo "setup: installing Python packages, pyspark among them (some minutes the first time)"
  python3.11 -m venv $venv
  $venv/bin/pip install --quiet --disable-pip-version-check --requirement ../etl/requirements.txt
  touch $venv/installed
fi

#!/usr/bin/env bash
# Checks for what the local run needs, installs its packages and builds Trino, each once. Safe to repeat. Pipelines without a
# job need no Python, and none at all neither Java nor Maven: setup.sh [PIPELINE|none|all] [clients] [cfn-lint] [browser]. With
# clients, AWS's clients are installed too, with which make test calls the local endpoint; with cfn-lint, the linter of
# bootstrap/; with browser, there is to be one, in which the page of a run is tried.
set -euo pipefail
cd "$(dirname "$0")"
queries=true jobs=false clients=false linter=false browser=false
case ${1:-all} in
none) queries=false ;;               # schedules alone
weather | all) jobs=true ;;          # the weather pipeline runs its job on Spark
esac
[ $# -eq 0 ] || shift
for more; do
  case $more in
  clients) clients=true ;;
  cfn-lint) linter=true ;;
  browser) browser=true ;;
  esac
done

missing=()
need() { # need COMMAND WHAT APT BREW
  command -v "$1" >/dev/null || missing+=("$2: apt-get install $3, or brew install $4")
}
need go "Go 1.26 or later" golang go
need node "Node.js 20 or later" nodejs node
need npm "npm" npm node
if $queries; then
  java=${JAVA_HOME:+$JAVA_HOME/bin/}java
  described=$("$java" -XshowSettings:properties -version 2>&1) || described=
  JAVA_HOME=$(sed -n 's/^ *java\.home = //p' <<<"$described")
  export JAVA_HOME # so that Maven takes the same
  if ! grep -q 'version "17\.' <<<"$described" || [ ! -x "$JAVA_HOME/bin/javac" ]; then
    missing+=("a JDK 17 with javac, for Trino and Spark (set JAVA_HOME where several are installed): apt-get install openjdk-17-jdk-headless, or brew install openjdk@17")
  fi
  need mvn "Maven 3.8 or later, for Trino" maven maven
fi
python=
$jobs && python=Spark
$clients && python="${python:+$python, }AWS's clients"
$linter && python="${python:+$python, }cfn-lint"
if [ -n "$python" ]; then
  need python3.11 "Python 3.11 with venv, for $python" "python3.11 python3.11-venv" python@3.11
fi
if $browser; then
  need "${CHROMIUM:-chromium}" "Chromium, for the tests of the page (set CHROMIUM where it is called otherwise)" "chromium fonts-dejavu-core" "--cask chromium"
fi
if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: not found on this machine:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  exit 1
fi

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "setup: installing npm packages"
  [ ! -L node_modules ] || rm node_modules # another clone's, which npm would empty
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi

# What Trino is built from. Its archive of classes is of use to the very Java alone that made it.
sources() { (cd trino && find pom.xml src/main -type f | LC_ALL=C sort | xargs cksum && "$JAVA_HOME/bin/java" -version 2>&1); }

if $queries && [ "$(cat trino/target/built 2>/dev/null)" != "$(sources)" ]; then
  echo "setup: building Trino (the first time Maven downloads about 330 MB: a minute or more)"
  rm -rf trino/target
  (cd trino && mvn -q -B package)
  echo "setup: making an archive of Trino's classes, from which it starts sooner"
  (cd trino && go run ./archive)
  sources >trino/target/built
fi

# install DIRECTORY WHAT: a virtual environment with what is required there.
install() {
  local venv=$1/.venv
  if [ ! -e "$venv/installed" ] || [ "$1/requirements.txt" -nt "$venv/installed" ]; then
    echo "setup: installing $2"
    python3.11 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$1/requirements.txt"
    touch "$venv/installed"
  fi
}
if $jobs; then
  install ../etl "Python packages, pyspark among them (some minutes the first time)"
fi
if $clients; then
  install clients "AWS's clients for Python, which the tests call the local endpoint with (a minute or more; they take 830 MB)"
fi
if $linter; then
  install ../bootstrap "cfn-lint, which checks the CloudFormation template"
fi

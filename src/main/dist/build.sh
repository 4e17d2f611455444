#!/bin/sh
# Builds Concierge into an immutable folder target/dist/<id> and points target/dist/current at it. Called by
# the launcher with JAVA_HOME set to a JDK 25; $1 is the checkout. Two at once wait for each other.

root=$1
dists=$root/target/dist
# A first build downloads libraries; one that takes longer than this hangs.
patience=1200

say() { [ -t 2 ] && printf '\r\033[Kconcierge: %s' "$*" >&2; }
unsay() { [ -t 2 ] && printf '\r\033[K' >&2; }
fail() { unsay; printf 'concierge: %s\n' "$*" >&2; exit 1; }

mkdir -p "$dists" || fail "cannot write to $dists"

# The lock is a folder, made by exactly one; one whose maker is gone is moved away by exactly one.
waited=0
while ! mkdir "$dists/lock" 2>/dev/null; do
  owner=
  [ -r "$dists/lock/pid" ] && read -r owner < "$dists/lock/pid"
  if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
    mv "$dists/lock" "$dists/lock.$$" 2>/dev/null && rm -rf "$dists/lock.$$"
    continue
  fi
  [ "$waited" -lt "$patience" ] || fail "another build holds $dists/lock for $patience s; delete it if there is none"
  say "waiting for another build"
  sleep 1
  waited=$((waited + 1))
done
echo $$ > "$dists/lock/pid"
trap 'rm -rf "$dists/lock"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The one we waited for may have built what we want.
if [ -f "$dists/current" ] && [ -f "$dists/stamp" ] && [ -z "$(find "$root/src/main" "$root/workerimages" "$root/pom.xml" -newer "$dists/stamp")" ]; then
  unsay
  exit 0
fi

command -v mvn >/dev/null 2>&1 || fail "no Maven found to build with (Debian: apt install maven; macOS: brew install maven)"
: > "$dists/stamp.new"

if [ -t 2 ]; then say "building, about half a minute"; else echo "concierge: building, about half a minute" >&2; fi
if ! (cd "$root" && mvn -q -B -Dmaven.test.skip=true package) > "$dists/build.log" 2>&1 < /dev/null; then
  unsay
  grep -E '^\[(ERROR|FATAL)\]' "$dists/build.log" | grep -vE 'Help 1|re-run Maven|full stack trace|^\[ERROR\] *$|For more information' | head -n 30 >&2
  fail "the build failed; all of it is in $dists/build.log"
fi

# Same jar, same flags: the same build, which may be running.
id=$(cat "$root/target/concierge.jar" "$root/concierge" "$root"/src/main/dist/* "$root"/workerimages/*/* | cksum) || fail "cannot read the build"
id=$(printf '%s' "$id" | tr ' ' '-')
dist=$dists/$id
if [ ! -f "$dist/complete" ]; then
  say "preparing a fast start"
  rm -rf "$dist"
  mkdir -p "$dist/lib" || fail "cannot write to $dist"
  cp -R "$root/workerimages" "$dist/" && cp "$root/target/concierge.jar" "$root/concierge" "$root"/src/main/dist/*.flags "$dist/" && cp "$root"/target/lib/*.jar "$dist/lib/" || fail "cannot copy the build to $dist"
  java=$JAVA_HOME/bin/java
  # What follows only makes starts faster; without it everything works.
  train() {
    "$java" @"$dist/client.flags" "-XX:AOTCacheOutput=$dist/client.aot" "-Dconcierge.dist=$dist" -cp "$dist/concierge.jar" \
      concierge.cli.Training "$dist/training" >> "$dists/build.log" 2>&1
  }
  # A server that runs nothing and has no router: what a failure could leave behind is one process, which we end.
  train_server() (
    CONCIERGE_HOME=$dist/training/home CONCIERGE_API__PORT=0 CONCIERGE_EXECUTORS=process CONCIERGE_ROUTER__ENABLED=false
    export CONCIERGE_HOME CONCIERGE_API__PORT CONCIERGE_EXECUTORS CONCIERGE_ROUTER__ENABLED
    "$java" @"$dist/server.flags" "-XX:AOTCacheOutput=$dist/server.aot" "-Dconcierge.dist=$dist" -cp "$dist/concierge.jar" concierge.Main server &
    server=$!
    tries=0
    until [ -f "$CONCIERGE_HOME/server.json" ]; do
      kill -0 "$server" 2>/dev/null && [ "$tries" -lt 150 ] || { kill "$server" 2>/dev/null; wait "$server"; exit 1; }
      sleep 0.2
      tries=$((tries + 1))
    done
    "$dist/concierge" plan "$root/examples/hello"
    "$dist/concierge" env set training A=B
    "$dist/concierge" ps
    kill "$server"
    wait "$server"
    [ -f "$dist/server.aot" ]
  )
  for jar in "$dist"/lib/picocli-*.jar; do
    cp "$jar" "$jar.old"
    "$java" "$root/src/main/dist/Modernize.java" "$jar.old" "$jar" >> "$dists/build.log" 2>&1 && train || {
      mv "$jar.old" "$jar"
      train || rm -f "$dist/client.aot"
    }
    rm -f "$jar.old"
  done
  train_server >> "$dists/build.log" 2>&1 || rm -f "$dist/server.aot"
  rm -rf "$dist/training"
  : > "$dist/complete"
fi

echo "$id" > "$dists/current.new" && mv "$dists/current.new" "$dists/current" && mv "$dists/stamp.new" "$dists/stamp" || fail "cannot write to $dists"

# Earlier builds go, unless something runs from them.
running=$(ps -A -o args= 2>/dev/null) || running=
for old in "$dists"/*-*; do
  [ -d "$old" ] && [ "$old" != "$dist" ] && [ -n "$running" ] || continue
  case $running in *"$old/"*) ;; *) rm -rf "$old" ;; esac
done
unsay
exit 0

#!/bin/sh
# Puts the program into target/bundle with a Java of its own, for machines and images that have none: what the Dockerfile
# copies. Called by the launcher (./concierge --bundle) with JAVA_HOME set to a JDK 25; $1 is the checkout, $2 the build.

root=$1
dist=$2
bundle=$root/target/bundle
# What the program and its libraries load; java.base brings the rest.
modules=java.logging,java.management,java.naming,java.net.http,java.security.jgss,java.sql,java.xml,jdk.net,jdk.unsupported,jdk.zipfs

fail() { printf 'concierge: %s\n' "$*" >&2; exit 1; }

if [ -f "$bundle/build" ] && [ "$(cat "$bundle/build")" = "${dist##*/}" ]; then
  printf '%s\n' "$bundle"
  exit 0
fi
[ -x "$JAVA_HOME/bin/jlink" ] || fail "no jlink in $JAVA_HOME/bin (expected: a whole JDK 25)"
rm -rf "$bundle" "$bundle.new"
mkdir -p "$bundle.new" || fail "cannot write to $bundle.new"
"$JAVA_HOME/bin/jlink" --add-modules "$modules" --strip-java-debug-attributes --no-header-files --no-man-pages --compress zip-6 \
  --output "$bundle.new/java" || fail "no Java could be made of $JAVA_HOME"
# Caches of a fast start fit the Java that wrote them alone.
cp -R "$dist/concierge.jar" "$dist/concierge" "$dist"/*.flags "$dist/lib" "$dist/workerimages" "$bundle.new/" || fail "cannot copy $dist"
printf '%s\n' "${dist##*/}" > "$bundle.new/build"
mv "$bundle.new" "$bundle" || fail "cannot write to $bundle"
printf '%s\n' "$bundle"

#!/bin/sh
# Makes the root of the images that tests build, once for a machine: Debian's smallest, by debootstrap, with this machine's
# ffmpeg, ffprobe and jq in it, whose libraries are of the same release. Tests have no network, so it is there before
# them. Prints where it stands.
set -u
fail() { printf 'base: %s\n' "$*" >&2; exit 1; }
. /etc/os-release
release=${VERSION_CODENAME:?}
base=${XDG_CACHE_HOME:-$HOME/.cache}/concierge-tests/$release
if [ -d "$base" ]; then printf '%s\n' "$base"; exit 0; fi
[ "$(id -u)" = 0 ] && command -v debootstrap > /dev/null || fail "needs root and debootstrap (Debian: apt install debootstrap)"

# The mirror and the proxy that this machine installs from.
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $release" 'Origin: Debian' 'Created-By: Packages' | head -n 1)
proxy=
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[ -z "$proxy" ] || export http_proxy="$proxy"

mkdir -p "${base%/*}" && work=$(mktemp -d "${base%/*}/$release.XXXXXX") || fail "cannot write to ${base%/*}"
trap 'rm -rf "$work"' EXIT
debootstrap --variant=minbase "$release" "$work/root" ${mirror:+"$mirror"} > "$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; fail "debootstrap of $release from ${mirror:-its mirror} failed"; }
rm -rf "$work/root/var/cache/apt"/*.bin "$work/root/var/cache/apt/archives"/*.deb "$work/root/var/lib/apt/lists"/* "$work/root/usr/share/doc" "$work/root/usr/share/locale"
for program in ffmpeg ffprobe jq; do
  path=$(command -v "$program") || fail "$program is not installed"
  cp "$path" "$work/root/usr/bin/"
  # Each library under the name that it is asked for by; what Debian's smallest has stays.
  ldd "$path" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | while read -r library; do
    [ -e "$work/root$library" ] || { mkdir -p "$work/root${library%/*}" && cp -L "$library" "$work/root$library"; }
  done
done
chroot "$work/root" ffmpeg -version > /dev/null || fail "ffmpeg does not run in $work/root"
mv -T "$work/root" "$base" 2> /dev/null || [ -d "$base" ] || fail "cannot write to $base"
printf '%s\n' "$base"

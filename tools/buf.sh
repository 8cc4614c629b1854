#!/usr/bin/env bash
# Lints the protobuf files, and compares them with the committed image, so that no change breaks old clients.
#
#   tools/buf.sh lint       style and comments
#   tools/buf.sh breaking   against proto/image.binpb
#   tools/buf.sh image      accepts the files as they are: writes proto/image.binpb anew
#
# Installs buf into .cache/buf where it is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=1.75.0
home=.cache/buf
buf="$home/bin/buf"

if ! "$buf" --version 2>/dev/null | grep -qx "$version"; then
  echo "installing buf $version into $home" >&2
  if ! python3 -m venv "$home" >/dev/null 2>&1; then
    # Debian keeps venv in a package of its own.
    [ "$(id -u)" = 0 ] || { echo "python3 -m venv does not work; install python3-venv" >&2; exit 1; }
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    python3 -m venv "$home"
  fi
  "$home/bin/pip" install --quiet --disable-pip-version-check "buf-bin==$version"
fi

case "${1:-}" in
  lint) "$buf" lint && "$buf" format --diff --exit-code ;;
  breaking) "$buf" breaking --against proto/image.binpb ;;
  image) "$buf" build --output proto/image.binpb ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2 ;;
esac

#!/usr/bin/env bash
# Installs the real servers and clients that the peer tests talk to, where they are missing.
# Debian packages go to the system (root is needed for those only); Go programs and the Python
# environment go to $WAYBILL_PEERS (the user's cache folder unless set), so a second run is instant.
set -euo pipefail

peers=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-peers}
mkdir -p "$peers/bin"
say() { printf 'peers: %s\n' "$*" >&2; }

debian() { # debian PROGRAM-PATH PACKAGE …: installs the packages whose program is missing
  local wanted=()
  while [ $# -gt 0 ]; do
    [ -x "$1" ] || wanted+=("$2")
    shift 2
  done
  [ ${#wanted[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || { say "missing ${wanted[*]}, and this is no Debian: install them by hand"; exit 1; }
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  say "installing ${wanted[*]}"
  "${root[@]}" apt-get update -qq >/dev/null
  # Services are started by the tests that need them, never by the package.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 "${root[@]}" apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
}

debian /usr/bin/docker-registry docker-registry /usr/bin/skopeo skopeo /bin/busybox busybox-static \
  /usr/sbin/dockerd docker.io /usr/sbin/runc runc /usr/sbin/iptables iptables

program() { # program NAME MODULE@VERSION PACKAGE: builds one Go program in a module of its own
  local name=$1 module=$2 package=$3
  [ -x "$peers/bin/$name" ] && return 0
  command -v go >/dev/null || { say "missing go, which builds $name"; exit 1; }
  say "building $name ($module)"
  local dir
  dir=$(mktemp -d)
  # A module of its own, because `go install pkg@version` refuses modules with replace directives.
  (cd "$dir" && go mod init peers >/dev/null 2>&1 && go get "$package@${module##*@}" >/dev/null 2>&1 &&
    CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$peers/bin/$name.new" "$package") ||
    { rm -rf "$dir"; say "could not build $name"; exit 1; }
  rm -rf "$dir"
  mv "$peers/bin/$name.new" "$peers/bin/$name"
}

program buildkitd github.com/moby/buildkit@v0.34.2 github.com/moby/buildkit/cmd/buildkitd
program buildctl github.com/moby/buildkit@v0.34.2 github.com/moby/buildkit/cmd/buildctl
program buildx github.com/docker/buildx@latest github.com/docker/buildx/cmd/buildx

if [ ! -x "$peers/python/bin/moto_server" ]; then
  say 'installing moto_server'
  python3 -m venv "$peers/python"
  "$peers/python/bin/pip" install --quiet 'moto[server]' zizmor
fi

say "ready in $peers"

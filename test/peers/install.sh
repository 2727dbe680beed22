#!/usr/bin/env bash
# Installs the real servers and clients that the peer tests talk to, where they are missing.
# Debian packages go to the system (root is needed for those only); Go programs and the Python
# environment go to $WAYBILL_PEERS (the user's cache folder unless set), so a second run is instant.
set -euo pipefail

peers=${WAYBILL_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/waybill-peers}
mkdir -p "$peers/bin"
say() { printf 'peers: %s\n' "$*" >&2; }

export PATH=$PATH:/usr/sbin:/sbin # where Debian has servers, and an ordinary user's shell does not look

debian() { # debian PACKAGE …: installs packages
  command -v apt-get >/dev/null || { say "missing $*, and this is no Debian: install them by hand"; exit 1; }
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  say "installing $*"
  "${root[@]}" apt-get update -qq >/dev/null
  # Services are started by the tests that need them, never by the package.
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

wanted=()
need() { # need PROGRAM PACKAGE: notes the package where the program is missing, whoever brought it
  command -v "$1" >/dev/null || wanted+=("$2")
}
need docker-registry docker-registry
need skopeo skopeo
need buildah buildah
need podman podman
need dockerd docker.io
need runc runc
need iptables iptables
need unshare util-linux
need ldd libc-bin
# Shells that complete, and what reads the man page.
need zsh zsh
need fish fish
need script bsdutils
need man man-db
need mandoc mandoc
need gh gh
python3 -c 'import ensurepip' 2>/dev/null || wanted+=(python3-venv)
# The one that is linked statically, so that an image of it needs nothing else.
{ [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1; } || wanted+=(busybox-static)
# Nodes of other versions and of another CPU, which qemu runs: digests must not depend on either.
case $(uname -m) in
  aarch64) emulator=qemu-x86_64-static foreign=/usr/x86_64-linux-gnu foreign_deb=amd64 ;;
  *) emulator=qemu-aarch64-static foreign=/usr/aarch64-linux-gnu foreign_deb=arm64 ;;
esac
need "$emulator" qemu-user-static
[ -e "$foreign/lib/libc.so.6" ] || wanted+=("libc6-$foreign_deb-cross")
[ -e "$foreign/lib/libstdc++.so.6" ] || wanted+=("libstdc++6-$foreign_deb-cross")
[ -e "$foreign/lib/libatomic.so.1" ] || wanted+=("libatomic1-$foreign_deb-cross")
[ ${#wanted[@]} -eq 0 ] || debian "${wanted[@]}"
# A package of its own since Debian 13.
command -v docker >/dev/null || debian docker-cli

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
program buildx github.com/docker/buildx@v0.38.2 github.com/docker/buildx/cmd/buildx
program crane github.com/google/go-containerregistry@v0.22.1 github.com/google/go-containerregistry/cmd/crane
program regctl github.com/regclient/regclient@v0.11.7 github.com/regclient/regclient/cmd/regctl
program oras oras.land/oras@v1.3.6 oras.land/oras/cmd/oras
program registry github.com/distribution/distribution/v3@v3.1.2 github.com/distribution/distribution/v3/cmd/registry
program actionlint github.com/rhysd/actionlint@v1.7.12 github.com/rhysd/actionlint/cmd/actionlint
program act github.com/nektos/act@v0.2.89 github.com/nektos/act
conformance=github.com/opencontainers/distribution-spec/conformance
program oci-conformance $conformance@v0.0.0-20260831232431-97274622c111 $conformance

if [ ! -x "$peers/python/bin/moto_server" ]; then
  say 'installing moto_server'
  python3 -m venv "$peers/python"
  "$peers/python/bin/pip" install --quiet 'moto[server]==5.2.5' 'zizmor==1.32.0'
fi

if [ ! -x "$peers/python/bin/cfn-lint" ] || ! "$peers/python/bin/python" -c 'import hcl2' 2>/dev/null; then
  say 'installing cfn-lint and python-hcl2'
  "$peers/python/bin/pip" install --quiet cfn-lint python-hcl2
fi

node_of() { # node_of CPU VERSION: a Node that is not the project's own, from npm
  local into=$peers/nodes/$1-$2
  [ -x "$into/bin/node" ] && return 0
  say "installing Node $2 for $1"
  local dir
  dir=$(mktemp -d)
  # Packed and not installed: npm installs no program of another CPU.
  (cd "$dir" && npm pack --silent "node-linux-$1@$2" >/dev/null && tar -xzf ./*.tgz package/bin/node) ||
    { rm -rf "$dir"; say "could not install Node $2 for $1"; exit 1; }
  mkdir -p "$peers/nodes"
  rm -rf "$into"
  mv "$dir/package" "$into"
  rm -rf "$dir"
}

# The versions stand in test/peers/support/nodes.ts too.
for cpu in x64 arm64; do
  for version in 22.23.3 24.21.0 26.12.1; do node_of "$cpu" "$version"; done
done

say "ready in $peers"

#!/bin/sh
# Says which Docker is here, and what is missing of it: sh docker/tools.sh
set -u

command -v docker >/dev/null || {
  echo 'docker-tools: there is no docker in PATH. Install it (https://docs.docker.com/get-docker/).' >&2
  exit 1
}
daemon=$(docker version --format '{{.Server.Version}}' 2>&1) || {
  echo "docker-tools: the daemon does not answer: $(echo "$daemon" | tail -n 1)" >&2
  echo '  Start it, and look whether you may use its socket.' >&2
  exit 1
}
echo "docker $(docker version --format '{{.Client.Version}}'), daemon $daemon"
if buildx=$(docker buildx version 2>/dev/null); then echo "$buildx"; else echo 'no buildx, which only a Dockerfile with RUN needs'; fi

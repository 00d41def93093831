#!/usr/bin/env bash
# Records the inspect data of odd containers, for the tests of the replica.
#
#   docker/engine/testdata/record.sh
#
# Needs an Engine ≥ 23 with Compose ≥ 2.24, buildx and debian:bookworm-slim; jq,
# and npx. What it creates is named sidestep-record-… and removed again; the
# names in the files are without that prefix.
set -euo pipefail
cd "$(dirname "$0")"

image=debian:bookworm-slim
prefix=${PREFIX:-sidestep-record-}
work=$(mktemp -d)
containers=() networks=() volumes=() images=()

cleanup() {
  set +e
  docker compose -p "${prefix}stack" -f "$work/compose.yaml" down -v --rmi local
  ((${#containers[@]})) && docker rm -fv "${containers[@]}"
  ((${#networks[@]})) && docker network rm "${networks[@]}"
  ((${#volumes[@]})) && docker volume rm "${volumes[@]}"
  ((${#images[@]})) && docker rmi "${images[@]}"
  rm -rf "$work"
} >/dev/null 2>&1
trap cleanup EXIT

# run NAME ARGUMENTS…: a running container. The name comes before everything.
run() {
  local name=$prefix$1
  shift
  containers+=("$name")
  docker run -d --name "$name" "$@" >/dev/null
}

# create NAME ARGUMENTS…: one that need not be able to start here.
create() {
  local name=$prefix$1
  shift
  containers+=("$name")
  docker create --name "$name" "$@" >/dev/null
}

network() {
  networks+=("$prefix$1")
  docker network create "${@:2}" "$prefix$1" >/dev/null
}

# record FILE [CONTAINER]: what we read of its inspect data, without the names
# and the folders of this machine.
record() {
  local root
  root=$(docker info -f '{{.DockerRootDir}}')
  docker inspect "$prefix${2:-$1}" |
    jq --arg prefix "$prefix" --arg root "$root" --arg work "$work" '
      .[0]
      | {Id, Name, Created, Image, State, Config, HostConfig, Mounts,
         NetworkSettings: (.NetworkSettings | {Ports, Networks})}
      | del(.HostConfig.ContainerIDFile, .State.Health,
            .Config.Labels["sidestep.standin"])
      | walk(if type == "object" then
               with_entries(.key |= gsub($prefix; ""))
             elif type == "string" then
               gsub($prefix; "") | gsub($root; "/var/lib/docker")
               | gsub($work; "/srv/stack")
             else . end)' >"$1.json"
  echo "$1.json"
}

cat >"$work/Dockerfile" <<END
FROM $image
ENV FROM_IMAGE=1 GREETING=hello
VOLUME /var/data
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["sleep infinity"]
END
volumes+=("${prefix}named")
docker volume create "${prefix}named" >/dev/null
images+=("${prefix}app")
docker build -q -t "${prefix}app" "$work" >/dev/null

# The command, and what of the environment is unset.
run entrypoint --entrypoint /usr/bin/env -w /srv -u 1000:1000 \
  -e A=1 -e FROM_IMAGE --stop-signal SIGINT --stop-timeout 30 \
  "${prefix}app" -i sleep infinity
record entrypoint
run no-entrypoint --entrypoint "" "${prefix}app" sleep infinity
record no-entrypoint

# Where the data is.
run mounts --tmpfs /scratch:size=1m -v /anonymous -v "${prefix}named:/named/" \
  -v /usr/share:/share:ro -v "${prefix}named:/private:Z" \
  --mount "type=volume,source=${prefix}named,target=/mounted,readonly" \
  --mount type=volume,target=/unnamed \
  --mount type=bind,source=/usr/share/doc,target=/doc,readonly \
  --mount type=tmpfs,target=/temporary,tmpfs-size=1000000 \
  "${prefix}app" "sleep infinity"
record mounts
run data -v /anonymous -v "${prefix}named:/named" -v /usr/share:/share:ro \
  "$image" sleep infinity
run volumes-from --volumes-from "${prefix}data" "$image" sleep infinity
record volumes-from

# Who it is on its networks.
network front --subnet 10.199.1.0/24
network back --subnet 10.199.2.0/24
run other --network "${prefix}front" "$image" sleep infinity
run networks --network "${prefix}front" --ip 10.199.1.20 --network-alias web \
  --mac-address 02:42:0a:c7:01:14 --hostname web --domainname example.test \
  --link "${prefix}other:cache" "$image" sleep infinity
docker network connect --alias api --ip 10.199.2.20 \
  --driver-opt com.example.option=1 "${prefix}back" "${prefix}networks"
docker network connect bridge "${prefix}networks"
record networks
run joined --network "container:${prefix}networks" "$image" sleep infinity
record joined
run linked "$image" sleep infinity
run bridge --link "${prefix}linked:cache" --link "${prefix}linked:queue" \
  --add-host db:10.0.0.9 --dns 10.0.0.53 --dns-search example.test \
  --dns-option ndots:2 --sysctl net.core.somaxconn=1024 "$image" sleep infinity
docker network connect "${prefix}back" "${prefix}bridge"
record bridge
run joined-bridge --network "container:${prefix}bridge" "$image" sleep infinity
record joined-bridge

# What it may do, and what it may use.
run limits --memory 64m --memory-reservation 32m --memory-swap 128m \
  --cpus 0.5 --cpuset-cpus 0 --cpu-shares 512 --pids-limit 100 \
  --ulimit nofile=1024:2048 --ulimit core=0 --shm-size 8m --oom-score-adj 100 \
  --log-driver json-file --log-opt max-size=1m "$image" sleep infinity
record limits
run quota --cpu-period 50000 --cpu-quota 25000 "$image" sleep infinity
record quota
run hardened --cap-drop ALL --cap-add NET_BIND_SERVICE --read-only --init \
  --security-opt no-new-privileges --user 1000 --group-add 44 \
  "$image" sleep infinity
record hardened
run privileged --privileged --device /dev/null:/dev/nothing:r \
  "$image" sleep infinity
record privileged
run devices --device /dev/null:/dev/nothing:r --device-cgroup-rule 'c 10:* r' \
  --security-opt systempaths=unconfined --security-opt seccomp=unconfined \
  "$image" sleep infinity
record devices
create gpu --gpus '"device=0","capabilities=compute"' "$image" sleep infinity
record gpu
run shareable --ipc shareable "$image" sleep infinity
run namespaces --ipc "container:${prefix}shareable" \
  --pid "container:${prefix}shareable" --uts host --cgroupns host \
  "$image" sleep infinity
record namespaces

# What the Engine does with it.
run served -p 127.0.0.1:18199:8000 -P --expose 9000/udp --restart always \
  --health-cmd true --health-interval 1h \
  -l traefik.enable=true -l 'traefik.http.routers.web.rule=Host(`web.test`)' \
  -e VIRTUAL_HOST=web.test -e LETSENCRYPT_HOST=web.test \
  "$image" sleep infinity
record served
run autoremove --rm "$image" sleep infinity
record autoremove

# What compose makes.
cat >"$work/compose.yaml" <<END
services:
  shop:
    build: .
    image: ${prefix}stack-shop
    hostname: shop
    labels:
      traefik.enable: "true"
      VIRTUAL_HOST: shop.test
    secrets: [fixed, generated]
    configs: [settings]
    links: ["cache:store"]
    networks: {default: {aliases: [web]}}
    volumes: [data:/data, /anonymous]
    deploy: {resources: {limits: {cpus: "0.25", memory: 32M}}}
    healthcheck: {test: ["CMD", "true"], interval: 1h}
    restart: unless-stopped
  cache:
    image: $image
    command: sleep infinity
    init: true
volumes: {data: {}}
secrets:
  fixed: {file: ./Dockerfile}
  generated: {environment: GENERATED}
configs:
  settings: {content: "debug = off"}
END
images+=("${prefix}stack-shop")
export GENERATED=secret
docker compose -p "${prefix}stack" -f "$work/compose.yaml" \
  up -d --build --quiet-pull >/dev/null 2>&1
record compose stack-shop-1
run compose-image "${prefix}stack-shop"
record compose-image
npx prettier --write . >/dev/null

#!/bin/sh
# Cluster DNS of planetbed's lab: dnsmasq answers what the API says of services and of the addresses
# behind headless ones. Each change is followed by a watch; the records are written anew, and dnsmasq
# is told to read them. While the API does not answer, the last records stay.
set -u
domain=cluster.local
export HOME=/run
cd /run
: >records
mkfifo changes
# Open at both ends, so that neither writers nor the reader ever find the other end closed.
exec 3<>changes

# Has the records rendered, once for all changes until that begins.
changed() {
  [ -e pending ] && return
  : >pending
  echo >&3
}

# watch RESOURCE: what it lists when it begins counts as a change too, so that nothing is lost between
# two watches: one ends when its API server does.
watch() {
  while :; do
    changed
    kubectl get "$1" --all-namespaces --watch --output name | while read -r _; do changed; done
    sleep 1
  done
}

services='{{range .items}}{{if and .spec.clusterIP (ne .spec.clusterIP "None")}}{{.spec.clusterIP}} {{.metadata.name}}.{{.metadata.namespace}}.svc.'$domain'
{{end}}{{end}}'
headless='{{range .items}}{{$n := .metadata.name}}{{$s := .metadata.namespace}}{{range .subsets}}{{range .addresses}}{{.ip}} {{$n}}.{{$s}}.svc.'$domain'{{if .hostname}} {{.hostname}}.{{$n}}.{{$s}}.svc.'$domain'{{end}}
{{end}}{{end}}{{end}}'

# kubectl's own --request-timeout keeps it from finding its service account.
render() {
  timeout 20 kubectl get services --all-namespaces --output go-template="$services" &&
    timeout 20 kubectl get endpoints --all-namespaces \
      --selector service.kubernetes.io/headless --output go-template="$headless"
}

follow() {
  while read -r _ <&3; do
    rm -f pending
    if ! render >records.new; then
      sleep 1
      changed
    elif ! cmp -s records.new records; then
      mv records.new records
      kill -HUP "$server"
    fi
  done
}

# When this shell ends, being the container's first process, all others do.
trap 'exit 0' TERM INT
dnsmasq --keep-in-foreground --log-facility=- --user=root --conf-file=/dev/null --pid-file= \
  --no-resolv --no-hosts --addn-hosts=/run/records --local="/$domain/" --local=/in-addr.arpa/ \
  --local-ttl=5 --neg-ttl=5 --cache-size=10000 &
server=$!
follow &
watch services &
watch endpoints &
wait "$server"
exit 1

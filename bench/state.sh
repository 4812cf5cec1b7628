# Says whether a machine has what every tool was to bring about: the names of the machines given as
# arguments after the kind of machine, routes to two other sites and the tunnels, and HAProxy.
kind=$1
shift
for name in "$@"; do
  grep -q " $name\$" /etc/hosts || { echo "$name is not in /etc/hosts"; exit 1; }
done
[ "$kind" = router ] && exit 0
[ "$(ip route show | grep -c 'proto 14[78]')" = 3 ] || { echo "routes are missing"; exit 1; }
[ "$kind" = lb ] || exit 0
grep -q ' master03 .*:6443' /etc/haproxy/haproxy.cfg || { echo "no masters in haproxy.cfg"; exit 1; }
systemctl -q is-active haproxy || { echo "HAProxy does not run"; exit 1; }

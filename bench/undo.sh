# Takes back what any of the tools put on a machine of the lab, so that the next first run is one,
# and says in what state the machine is then. Run on the machines, by planetbed exec.
{
  systemctl disable --now bench-routes.service
  rm -rf /etc/bench /etc/systemd/system/bench-routes.service
  sed -i '/^# BEGIN bench$/,/^# END bench$/d' /etc/hosts
  # What a package's removal leaves in /etc/haproxy was put there by a tool, not by the package.
  if dpkg -s haproxy; then apt-get -qq -y purge --autoremove haproxy; fi
  apt-get -qq -y autoremove --purge
  rm -rf /etc/haproxy
  systemctl daemon-reload
  systemctl reset-failed
} >/dev/null 2>&1 </dev/null
dpkg-query --show --showformat '${Package} ${Version} ${db:Status-Status}\n' | sha256sum
cat /etc/hosts
ip route show
ls /etc/planetbed /etc/bench /etc/haproxy 2>/dev/null
exit 0

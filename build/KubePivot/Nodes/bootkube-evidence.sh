# What may explain a bootstrap that failed: containers, the last words of those that wrote last, etcd's and the kubelet's last words.
# Argument: root of the file system.
cd "$1/" || exit
echo 'containers (NAME PID STATUS):'
ctr --namespace k8s.io tasks list 2>&1 | tail --lines=+2 | head --lines=40 | sed 's/^/  /'
find var/log/pods -name '*.log' -printf '%T@ %p\n' 2>/dev/null | sort --reverse --numeric-sort | head --lines=6 | while read -r _ log; do
  echo "$log:"
  tail --lines=4 "$log" | cut --characters=1-400 | sed 's/^/  /'
done
for unit in etcd kubelet; do
  echo "$unit:"
  journalctl --unit="$unit.service" --lines=8 --no-pager --output=cat 2>&1 | cut --characters=1-400 | sed 's/^/  /'
done

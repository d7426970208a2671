# All that may explain what is wrong with a node, in files: each below a heading "== MARK PATH". Changes nothing, and needs no API.
# Whatever is cut off by the end of the caller's patience stands at the end; each question has a bound of its own.
# Arguments: root of the file system, a mark that no log holds, the units.
set -u
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
root=$1 mark=$2
shift 2
units=("$@")
cd "$root/" || exit

file() { printf '\n== %s %s\n' "$mark" "$1"; }
# A command with what it says, or that it is not there.
ask() {
  printf '$ %s\n' "$*"
  command -v "$1" >/dev/null || { echo "($1 is not there)"; return; }
  timeout --kill-after=1 "${bound:-5}" "$@" 2>&1 </dev/null
  local code=$?
  [ $code != 124 ] || echo "(no answer within ${bound:-5} s)"
}

file units.txt
for unit in "${units[@]}"; do
  echo "$unit $(systemctl show --property=LoadState,ActiveState,SubState,Result,NRestarts,ExecMainStatus,ActiveEnterTimestamp -- "$unit" 2>&1 | tr '\n' ' ')"
done

file clock.txt
ask date '+%s.%N  %F %T %z'
bound=2 ask timedatectl status
bound=2 ask timedatectl timesync-status
bound=2 ask chronyc -n tracking

file disk.txt
ask df -h
ask df -i
bound=10 ask du -sh var/lib/etcd var/lib/containerd var/lib/kubelet var/log

file memory.txt
ask free -m
ask cat proc/pressure/memory
ask grep -E '^oom_kill' proc/vmstat
ask sh -c 'grep -H . sys/fs/cgroup/memory.events sys/fs/cgroup/memory/memory.oom_control sys/fs/cgroup/memory/memory.limit_in_bytes sys/fs/cgroup/memory.max 2>/dev/null'
# Names and not command lines, for those may hold anything.
ask sh -c 'ps -eo pid,ppid,user,rss,pcpu,etime,comm --sort=-rss | head -n 40'

file network.txt
ask ip -brief address
ask ip route
ask ip neighbour
ask ss -Htlnp
ask cat etc/resolv.conf etc/hosts

file system.txt
ask uname -a
ask cat etc/os-release
ask uptime
ask systemctl --failed --no-legend --plain

for unit in "${units[@]}"; do
  file "journal/${unit%.service}.txt"
  timeout 10 journalctl --unit="$unit" --lines=1500 --quiet --no-pager --utc --output=short-iso-precise 2>&1
done
# What systemd says of units, and the kernel of memory and disks.
file journal/systemd.txt
timeout 10 journalctl _PID=1 --lines=1500 --quiet --no-pager --utc --output=short-iso-precise 2>&1
file journal/kernel.txt
{ timeout 10 journalctl --dmesg --lines=400 --quiet --no-pager --utc --output=short-iso-precise || timeout 5 dmesg --time-format=iso | tail --lines=400; } 2>/dev/null

file containers.txt
if command -v crictl >/dev/null; then
  bound=10 ask crictl pods
  bound=10 ask crictl ps -a
fi
ask ctr --namespace k8s.io tasks list
file created.txt
for id in $(timeout 5 ctr --namespace k8s.io containers list --quiet 2>/dev/null | head -n 80); do
  timeout 5 ctr --namespace k8s.io containers info "$id" 2>/dev/null | awk -F'"' -v id="$id" '
    $2 == "CreatedAt" { at = $4 }
    $2 == "io.kubernetes.pod.namespace" { namespace = $4 }
    $2 == "io.kubernetes.pod.name" { pod = $4 }
    $2 == "io.kubernetes.container.name" { container = $4 }
    END { print at "|" namespace "/" pod "|" (container == "" ? "(sandbox)" : container) "|" substr(id, 1, 13) }'
done | sort

# The kubelet keeps the log of the container before the last, too.
while read -r _ log; do
  pod=${log#var/log/pods/} pod=${pod%%/*} rest=${log#var/log/pods/*/}
  # NAMESPACE_POD_UID
  file "logs/${pod%_*}/${rest//\//-}"
  tail --bytes=98304 "$log" 2>&1
done < <(find var/log/pods -name '*.log' -printf '%T@ %p\n' 2>/dev/null | sort --reverse --numeric-sort | head -n 60)

file marks.txt
for folder in etc/kubernetes/manifests etc/kubernetes/inactive-manifests etc/kubernetes/pki etc/etcd/pki opt/bootkube var/lib/kubepivot var/lib/etcd/member; do
  ask ls -l --almost-all --time-style=full-iso "$folder"
done
file moments.txt
for path in opt/bootkube/init_bootkube.done var/lib/kubepivot/applied var/lib/kubepivot/payload etc/kubernetes/manifests; do
  [ ! -e "$path" ] || stat --format='%Y|/%n was written' "$path"
done
[ ! -d proc/1 ] || stat --format='%Y|the machine started' proc/1

file certificates.txt
for certificate in etc/kubernetes/pki/*.crt etc/etcd/pki/*.crt; do
  [ -e "$certificate" ] || continue
  echo "# /$certificate"
  timeout 5 openssl x509 -noout -subject -issuer -dates -ext subjectAltName -in "$certificate" 2>&1
  [ "${certificate##*/}" = ca.crt ] || [ ! -e "${certificate%/*}/ca.crt" ] || timeout 5 openssl verify -CAfile "${certificate%/*}/ca.crt" "$certificate" 2>&1
  key=${certificate%.crt}.key
  [ ! -e "$key" ] || [ "$(timeout 5 openssl x509 -noout -pubkey -in "$certificate" 2>/dev/null)" = "$(timeout 5 openssl pkey -pubout -in "$key" 2>/dev/null)" ] \
    || echo "/$key: tls: private key does not match public key of /$certificate"
done

file api.txt
for port in 6443 6444 7443; do
  bound=4 ask kubectl --kubeconfig=etc/kubernetes/kubeconfig --server="https://127.0.0.1:$port" --request-timeout=3s get --raw='/readyz?verbose'
done

file versions.txt
ask kubelet --version
ask kubectl version --client --short
ask containerd --version
ask runc --version
ask etcd --version
ask haproxy -v
ask keepalived --version
file packet-filter.txt
{ ask iptables-save --counters | head --bytes=262144; } 2>&1
file end

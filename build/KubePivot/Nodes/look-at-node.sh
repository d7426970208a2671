# What a node holds and how its units are, in sections. Changes nothing.
# Arguments: root of the file system, ports of kubelet's and etcd's health on loopback, the units. Input: the files' paths, one a line.
set -u
root=$1 kubelet_port=$2 etcd_port=$3
shift 3
cd "$root/" || exit
mapfile -t paths
paths=("${paths[@]#/}")

# The status line of an HTTP answer, or why there is none.
health() {
  timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n" "$1" >&3 && head --lines=1 <&3' "$1" "$2" 2>&1 \
    | tr --delete '\r' | tail --lines=1 | sed '/^HTTP/! s/.*: //'
}

echo '== stat'
[ ${#paths[@]} = 0 ] || printf '%s\0' "${paths[@]}" | xargs --null stat --printf '%a|%U:%G|%F|%n\n' -- 2>/dev/null
echo '== sha256'
[ ${#paths[@]} = 0 ] || printf '%s\0' "${paths[@]}" | xargs --null sha256sum -- 2>/dev/null
echo '== applied'
cat var/lib/kubepivot/applied 2>/dev/null
echo '== payload'
cat var/lib/kubepivot/payload 2>/dev/null
echo
echo '== units'
[ $# = 0 ] || systemctl show --property=Id,LoadState,ActiveState,SubState,Result,NRestarts,Job,UnitFileState,NeedDaemonReload -- "$@" || exit
echo '== kubelet'
health "$kubelet_port" /healthz
echo '== etcd'
[ "$etcd_port" = 0 ] || health "$etcd_port" /health
echo '== end'

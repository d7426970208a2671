# What a node holds and how its units are, in sections. Changes nothing but its own notes of large files' hashes.
# Arguments: root of the file system, ports of kubelet's and etcd's health on loopback, the units. Input: the files' paths, one a line.
set -u
root=$1 kubelet_port=$2 etcd_port=$3
shift 3
cd "$root/" || exit
mapfile -t paths
paths=("${paths[@]#/}")

# The status line of an HTTP answer, or why there is none.
health() {
  [ "$1" != 0 ] || return
  local line
  # In a shell of its own, which may die of a refused connection.
  line=$(
    { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>&1 || exit
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
    IFS= read -r -t 3 answer <&3 || answer='no answer within 3 s'
    echo "${answer%$'\r'}"
  )
  [[ $line == HTTP* ]] || line=${line##*: }
  echo "$line"
}

# Both while the rest is looked at.
exec {kubelet}< <(health "$kubelet_port" /healthz) {etcd}< <(health "$etcd_port" /health)

# SHA-256 of files, as sha256sum prints it. Hashing a large file takes longer than all else here: its hash is noted, and holds while
# size, times and inode stay the same.
notes=var/lib/kubepivot/hashes
hashes() {
  local -A noted=() large=()
  local hash key path
  while read -r hash key; do noted[$key]=$hash; done < <(cat "$notes" 2>/dev/null)
  while IFS= read -r key; do large[${key#* * * * }]=$key; done < <(find "$@" -maxdepth 0 -type f -size +1M -printf '%s %T@ %C@ %i %p\n' 2>/dev/null)
  local small=() new=0
  for path in "$@"; do
    key=${large[$path]:-}
    if [ -z "$key" ]; then
      small+=("$path")
      continue
    fi
    if [ -z "${noted[$key]:-}" ]; then
      read -r hash _ < <(sha256sum -- "$path")
      noted[$key]=$hash new=1
    fi
    echo "${noted[$key]}  $path"
  done
  if [ $new = 1 ] && [ -d "${notes%/*}" ]; then
    for path in "${!large[@]}"; do echo "${noted[${large[$path]}]} ${large[$path]}"; done > "$notes.new" && mv "$notes.new" "$notes"
  fi
  [ ${#small[@]} = 0 ] || printf '%s\0' "${small[@]}" | xargs --null sha256sum -- 2>/dev/null
}

echo '== stat'
[ ${#paths[@]} = 0 ] || printf '%s\0' "${paths[@]}" | xargs --null stat --printf '%a|%U:%G|%F|%n\n' -- 2>/dev/null
echo '== sha256'
[ ${#paths[@]} = 0 ] || hashes "${paths[@]}"
echo '== applied'
cat var/lib/kubepivot/applied 2>/dev/null
echo '== payload'
cat var/lib/kubepivot/payload 2>/dev/null
echo
echo '== etcd-data'
# etcd's own criterion for a member that has been one before.
[ -d var/lib/etcd/member/wal ] && echo yes
echo '== units'
[ $# = 0 ] || systemctl show --property=Id,LoadState,ActiveState,SubState,Result,NRestarts,Job,UnitFileState,NeedDaemonReload -- "$@" || exit
echo '== kubelet'
cat <&"$kubelet"
echo '== etcd'
cat <&"$etcd"
echo '== end'

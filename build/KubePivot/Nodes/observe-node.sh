# What a machine is like, in sections, whoever made it. Changes nothing.
# Arguments: root of the file system; names that it must be able to resolve. Input: names of programs, one a line.
set -u
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
root=$1
shift
echo '== clock'
echo "${EPOCHREALTIME:-$(date +%s.%N)}"

# Name servers that are away take seconds: meanwhile the rest is looked at.
exec {lookups}< <(for name in "$@"; do timeout 3 getent ahostsv4 "$name" >/dev/null || echo "$name" & done; wait)

echo '== hostname'
uname -n
echo '== machine-id'
cat "$root/etc/machine-id" 2>/dev/null
echo '== known'
[ ! -e "$root/var/lib/kubepivot/applied" ] || echo applied
[ ! -e "$root/var/lib/kubepivot/payload" ] || echo payload
[ ! -d "$root/run/systemd/system" ] || echo systemd
echo '== cpus'
nproc
echo '== memory'
cat "$root/proc/meminfo"
echo '== swaps'
cat "$root/proc/swaps"
# Free KiB, free inodes (- where they are not counted), and where.
echo '== disk'
df --output=avail,iavail,target -k -- "$root/" "$root/var/lib" 2>/dev/null | tail -n +2
echo '== routes'
cat "$root/proc/net/route"
echo '== addresses'
ip -4 -oneline address show
echo '== resolvers'
cat "$root/etc/resolv.conf" 2>/dev/null
# Port, process, its number and its unit.
echo '== listeners'
while read -r _ _ _ socket _ users; do
  process='' pid='' unit=''
  [[ $users =~ \(\(\"([^\"]*)\",pid=([0-9]+) ]] && process=${BASH_REMATCH[1]} pid=${BASH_REMATCH[2]}
  [ -z "$pid" ] || { [[ $(cat "/proc/$pid/cgroup" 2>/dev/null) =~ ([^/]+\.service) ]] && unit=${BASH_REMATCH[1]}; }
  echo "${socket##*:}|$process|$pid|$unit"
done < <(ss -Htlnp 2>/dev/null)
echo '== cgroups'
stat --file-system --format=%T "$root/sys/fs/cgroup" 2>/dev/null
cat "$root/sys/fs/cgroup/cgroup.controllers" 2>/dev/null || awk '$4 == 1 { print $1 }' "$root/proc/cgroups" 2>/dev/null
# Modules that are there, loaded, built in or on the disk.
echo '== modules'
for module in overlay br_netfilter vxlan; do
  { grep -qsw "$module" "$root/proc/filesystems" || [ -d "$root/sys/module/$module" ] || modprobe --dry-run --quiet "$module" 2>/dev/null; } && echo "$module"
done
echo '== programs'
while IFS= read -r program; do
  ! command -v "$program" >/dev/null || echo "$program"
done
echo '== unresolved'
cat <&"$lookups"
echo '== end'

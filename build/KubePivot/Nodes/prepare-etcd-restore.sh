# Makes a member's data from a snapshot, beside those in use, which stay as they are.
# Arguments: root of the file system, name of the member, all members as in master01=https://172.17.8.11:2380,..., its own peer URL,
# the token of the new cluster, SHA-256 of the snapshot. Input: the snapshot.
set -uo pipefail
root=$1 name=$2 members=$3 peer=$4 token=$5 sha256=$6
umask 077
cd "$root/" || exit
snapshot=var/lib/kubepivot/etcd-restore.db data=var/lib/etcd-restored
give_up() { rm --recursive --force "$snapshot" "$data"; cat >/dev/null; exit 1; }
install --directory --mode=0700 var/lib/kubepivot || give_up
cat >"$snapshot" || give_up
echo "$sha256  $snapshot" | sha256sum --check --quiet --strict >&2 || give_up
rm --recursive --force "$data"
tool=etcdctl
! command -v etcdutl >/dev/null || tool=etcdutl
ETCDCTL_API=3 "$tool" snapshot restore "$snapshot" --name="$name" --initial-cluster="$members" --initial-cluster-token="$token" \
  --initial-advertise-peer-urls="$peer" --data-dir="$data" >&2 || give_up
rm --force "$snapshot"
chown --recursive etcd:etcd "$data" || give_up

# Takes a snapshot of etcd through TLS, and says what is in it as NAME=VALUE lines. The caller fetches the file, and removes it.
# Arguments: root of the file system, port of etcd's clients.
set -euo pipefail
root=$1 port=$2
umask 077
cd "$root/"
install --directory --mode=0700 var/lib/kubepivot
file=var/lib/kubepivot/etcd-snapshot.db
rm --force "$file" "$file.part"
export ETCDCTL_API=3
etcdctl --endpoints="https://127.0.0.1:$port" --cacert=etc/etcd/pki/ca.crt --cert=etc/etcd/pki/server.crt --key=etc/etcd/pki/server.key \
  --command-timeout=5m snapshot save "$file" >&2
tool=etcdctl
! command -v etcdutl >/dev/null || tool=etcdutl
echo "Status=$("$tool" snapshot status "$file" --write-out=json 2>/dev/null)"
echo "Sha256=$(sha256sum "$file" | cut --delimiter=' ' --fields=1)"
echo "Bytes=$(stat --format=%s "$file")"
echo "Etcd=$(etcdctl version | sed --quiet 's/^etcdctl version: //p')"
echo "File=$root/$file"

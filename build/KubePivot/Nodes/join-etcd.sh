# Starts a member of etcd that has no data yet as a new one of a cluster that runs. Returns at once; it takes its data from the others.
# The unit reads another configuration for it, which the next start of the machine forgets: from then on its data say what it belongs to.
# Arguments: root of the file system; the members, itself among them, as in master01=https://172.17.8.11:2380,...
set -euo pipefail
root=$1 members=$2
cd "$root/"
[ ! -d var/lib/etcd/member/wal ] || { echo 'this member has data already' >&2; exit 1; }
umask 022
mkdir -p run/kubepivot run/systemd/system/etcd.service.d
sed --expression="s|^initial-cluster:.*|initial-cluster: $members|" --expression='s|^initial-cluster-state:.*|initial-cluster-state: existing|' etc/etcd/etcd.yaml >run/kubepivot/etcd-join.yaml
printf '[Service]\nExecStart=\nExecStart=etcd --config-file=%s/run/kubepivot/etcd-join.yaml\n' "$root" >run/systemd/system/etcd.service.d/kubepivot-join.conf
systemctl daemon-reload
systemctl reset-failed etcd.service 2>/dev/null || true
systemctl restart --no-block etcd.service

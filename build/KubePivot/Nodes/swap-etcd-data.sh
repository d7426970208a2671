# Puts the data that prepare-etcd-restore made in the place of those in use, which are kept aside. etcd is stopped, and not started.
# Arguments: root of the file system, name of the folder below /var/lib for the old data.
set -euo pipefail
cd "$1/"
old=var/lib/$2
[ -d var/lib/etcd-restored/member ] || { echo 'there are no restored data' >&2; exit 1; }
systemctl stop etcd.service
if [ -d var/lib/etcd/member ]; then
  install --directory --owner=etcd --group=etcd --mode=0700 "$old"
  mv --no-target-directory var/lib/etcd/member "$old/member"
fi
install --directory --owner=etcd --group=etcd --mode=0700 var/lib/etcd
mv --no-target-directory var/lib/etcd-restored/member var/lib/etcd/member
rm --recursive --force var/lib/etcd-restored

#!/bin/sh
# Makes a node's machine of a fresh root file system. Called by mmdebstrap: customize ROOT ARTIFACTS PAYLOAD_HASH
set -eu
root=$1 artifacts=$2 payload=$3

# The user that Vagrant logs in as. No key: the cluster's own is given to each machine when it is made.
chroot "$root" useradd --create-home --shell /bin/bash vagrant
install -d -m 0700 -o 1000 -g 1000 "$root/home/vagrant/.ssh"
echo 'vagrant ALL=(ALL) NOPASSWD:ALL' > "$root/etc/sudoers.d/vagrant"
chmod 0440 "$root/etc/sudoers.d/vagrant"

# Each machine has a name, an identity and host keys of its own.
rm -f "$root/etc/hostname" "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"
# So that a machine's own name resolves without an entry in /etc/hosts, and Vagrant need not set it.
sed -i 's/^hosts:.*/hosts: files myhostname dns/' "$root/etc/nsswitch.conf"
# The address is given by LXC.
mkdir -p "$root/etc/network"
printf 'auto lo\niface lo inet loopback\n' > "$root/etc/network/interfaces"
# Keys only, and no look-up of a client's name.
printf 'PasswordAuthentication no\nUseDNS no\n' > "$root/etc/ssh/sshd_config.d/kubepivot.conf"

# A stop must not take a minute and a half.
mkdir -p "$root/etc/systemd/system.conf.d" "$root/etc/systemd/journald.conf.d"
printf '[Manager]\nDefaultTimeoutStopSec=8s\n' > "$root/etc/systemd/system.conf.d/kubepivot.conf"
printf '[Journal]\nSystemMaxUse=100M\n' > "$root/etc/systemd/journald.conf.d/kubepivot.conf"
# A container has no devices to wait for, and nobody upgrades a node behind our back.
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
    apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
# These run with the configuration that the build brings, and not before.
for unit in containerd etcd haproxy keepalived; do
    chroot "$root" systemctl disable --quiet "$unit" 2>/dev/null || true
done

install -m 0755 "$artifacts/bin/kubelet" "$artifacts/bin/kubectl" "$root/usr/local/bin/"

# The images go into the box's own containerd, so that no node ever imports or pulls them.
work=$root/run/kubepivot-import
mkdir -p "$work/images"
cp "$artifacts"/images/*.tar "$work/images/"
cat > "$work/config.toml" <<'CONFIG'
version = 2
root = "/var/lib/containerd"
state = "/run/kubepivot-import/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "/run/kubepivot-import/containerd.sock"
CONFIG
chroot "$root" containerd --config /run/kubepivot-import/config.toml > "$work/log" 2>&1 &
containerd=$!
trap 'kill $containerd 2>/dev/null || true' EXIT
ctr() { chroot "$root" ctr --address /run/kubepivot-import/containerd.sock --namespace k8s.io "$@"; }
tries=0
until ctr version > /dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 $containerd 2>/dev/null; then
        echo "containerd does not start in the box:" >&2
        cat "$work/log" >&2
        exit 1
    fi
    sleep 0.1
done
for image in "$work"/images/*.tar; do
    ctr images import "/run/kubepivot-import/images/$(basename "$image")"
done
trap - EXIT
kill $containerd
wait $containerd || true
rm -rf "$work"

mkdir -p "$root/var/lib/kubepivot"
echo "$payload" > "$root/var/lib/kubepivot/payload"
rm -rf "$root"/var/log/*.log "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

#!/bin/sh
# Makes a node's machine of a fresh root file system, all but Kubernetes. Called by mmdebstrap: lxc-box-customize ROOT
set -eu
root=$1

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
# Where the box is made, other resolvers may answer than where it runs: each machine is given its host's.
rm -f "$root/etc/resolv.conf"
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

rm -rf "$root"/var/log/*.log "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

#!/bin/sh
# Puts Kubernetes into a node's machine. To be run with mounts of its own: unshare --mount --pid --fork sh lxc-box-payload ROOT ARTIFACTS PAYLOAD_HASH
set -eu
root=$1 artifacts=$2 payload=$3

# What containerd needs to see of the kernel; gone with this program. It looks for its file system among the mounts: containerd 2
# does without all of its services if it finds none.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sys "$root/sys"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"

install -m 0755 "$artifacts/bin/kubelet" "$artifacts/bin/kubectl" "$root/usr/local/bin/"
if [ -d "$artifacts/node" ]; then
    (cd "$artifacts/node" && find . -type f -exec install -D -m 0755 '{}' "$root/{}" ';')
fi

# The images go into the box's own containerd, so that no node ever imports or pulls them.
import_images() {
    work=$root/run/kubepivot-import
    mkdir -p "$work/images"
    mount --bind "$artifacts/images" "$work/images"
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
    umount "$work/images"
}

if [ -d "$artifacts/images" ]; then
    import_images
fi

mkdir -p "$root/var/lib/kubepivot"
echo "$payload" > "$root/var/lib/kubepivot/payload"

# Ends the kubelet and containers that it runs, for what they know of the cluster is about to be no longer true, or is so already. What
# would start parts of a control plane without the API goes too; bootkube starts it anew.
# Arguments: root of the file system; the namespace whose pods are ended, default all.
set -euo pipefail
cd "$1/"
systemctl stop kubelet.service
rm --force etc/kubernetes/manifests/* etc/kubernetes/inactive-manifests/*
rm --recursive --force etc/kubernetes/checkpoint-secrets etc/kubernetes/checkpoint-configmaps
rm --force opt/bootkube/init_bootkube.done var/lib/kubepivot/bootkube-assets
filter=()
[ -z "${2:-}" ] || filter=("labels.\"io.kubernetes.pod.namespace\"==$2")
for _ in 1 2 3; do
  ctr --namespace k8s.io containers list --quiet "${filter[@]}" | while read -r task; do
    ctr --namespace k8s.io tasks kill --all --signal SIGKILL "$task" 2>/dev/null || true
  done
done

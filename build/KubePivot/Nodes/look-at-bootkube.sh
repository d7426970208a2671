# How far the bootstrap of the cluster is, as NAME=VALUE lines. Changes nothing. Argument: root of the file system.
set -u
cd "$1/" || exit
systemctl show --property=LoadState,ActiveState,SubState,Result -- bootkube.service || exit
echo "Done=$([ -e opt/bootkube/init_bootkube.done ] && echo yes)"
# What a bootstrap on this machine leaves behind until it has come to its end.
echo "Traces=$([ -d etc/kubernetes/bootstrap-secrets ] && echo yes)"
assets=$(cd opt/bootkube/assets 2>/dev/null && find . -type f -print0 | LC_ALL=C sort --zero-terminated | xargs --null --no-run-if-empty sha256sum | sha256sum | cut --delimiter=' ' --fields=1)
applied=$(cat var/lib/kubepivot/bootkube-assets 2>/dev/null)
echo "Assets=$assets"
echo "AppliedAssets=$applied"
echo "Since=$(date --date="$(systemctl show --property=InactiveExitTimestamp --value -- bootkube.service)" +%s 2>/dev/null)"
echo "Cursor=$(journalctl --quiet --lines=1 --output=cat --show-cursor 2>/dev/null | sed --quiet 's/^-- cursor: //p')"
if [ ! -e opt/bootkube/init_bootkube.done ] || [ "$assets" != "$applied" ]; then
  # Through this node's own load balancer: any master's API server.
  echo "Api=$(kubectl --kubeconfig=opt/bootkube/assets/auth/kubeconfig --request-timeout=3s get --raw=/readyz 2>/dev/null | tail --lines=1)"
  # What this master's API server was last seen to show, judged by what the node trusts now: its copy has it, or its own pod's volume.
  pods=(var/log/pods/kube-system_kube-apiserver-*_*)
  volumes=("${pods[@]/#*_/var/lib/kubelet/pods/}")
  shown=$(ls --dereference --sort=time etc/kubernetes/checkpoint-secrets/kube-system/*/kube-apiserver/*/apiserver.crt \
    "${volumes[@]/%//volumes/kubernetes.io~secret/secrets/apiserver.crt}" 2>/dev/null | head --lines=1)
  [ -z "$shown" ] || echo "CertificateFlaw=$(openssl verify -CAfile etc/kubernetes/pki/ca.crt "$shown" 2>&1 | sed --quiet 's/^error [0-9]* at [0-9]* depth lookup: *//p' | head --lines=1)"
fi
echo "End=yes"

# Prints, for every token that lies in the volumes of pods here, the pod's UID, the ID of the key that signed it, as the token's
# header tells, and whether it lies in a projected volume or in that of a Secret: never the token itself.
# Arguments: root of the file system.
set -euo pipefail
cd "$1/"
shopt -s nullglob
for file in var/lib/kubelet/pods/*/volumes/kubernetes.io~{projected,secret}/*/..data/*; do
  [ "$(head --bytes=3 "$file" 2>/dev/null)" = eyJ ] || continue
  header=$(head --bytes=1000 "$file" | cut --delimiter=. --fields=1 | tr -- '-_' '+/')
  while [ $((${#header} % 4)) -ne 0 ]; do header=$header=; done
  key=$(printf %s "$header" | base64 --decode 2>/dev/null | sed --quiet 's/.*"kid":"\([^"]*\)".*/\1/p') || continue
  pod=${file#var/lib/kubelet/pods/} kind=${file#*/kubernetes.io~}
  echo "${pod%%/*} $key ${kind%%/*}"
done

# Brings Kubernetes' programs and images onto a node. Does it again from the start if it was interrupted: the stamp is written last.
# Arguments: root of the file system, the payload's stamp, a line for the record of what is still to be done (or nothing), the files: bin/PROGRAM… for /usr/local/bin, node/PATH… for /PATH, images/ARCHIVE….
# Input: a tar archive with SHA256SUMS and the files.
set -uo pipefail
umask 077
root=$1 stamp=$2 pending=$3
shift 3
cd "$root/" || exit
state=var/lib/kubepivot staging=var/lib/kubepivot/payload-new
programs=() images=() containerd=
for file in "$@"; do
  case $file in
    images/*) images+=("$file") ;;
    *) programs+=("$file") ;;
  esac
done

give_up() {
  rm --recursive --force -- "$staging"
  cat >/dev/null
  exit 1
}

install --directory --mode=0700 "$state" || give_up
exec 9>>"$state/lock" || give_up
flock --wait 600 9 || { echo 'another build is writing to this node' >&2; give_up; }
rm --recursive --force -- "$staging"
mkdir "$staging" || give_up
tar --extract --file=- --directory="$staging" --no-same-owner || give_up
for file in "${programs[@]}" "${images[@]}"; do
  grep --fixed-strings "  $file" "$staging/SHA256SUMS" || { echo "$file has no checksum" >&2; give_up; }
done >"$staging/expected"
(cd "$staging" && sha256sum --check --quiet --strict expected >&2) || give_up

for program in "${programs[@]}"; do
  case $program in
    bin/*) place=usr/local/$program ;;
    *) place=${program#node/} ;;
  esac
  [[ $place != */containerd ]] || containerd=new
  install --directory --mode=0755 -- "${place%/*}" || give_up
  install --mode=0755 -- "$staging/$program" "$place.kubepivot-new" && sync "$place.kubepivot-new" && mv --no-target-directory "$place.kubepivot-new" "$place" || give_up
done
# Containers outlive a restart of containerd.
[ -z "$containerd" ] || systemctl try-restart containerd.service || give_up
systemctl start containerd.service || give_up
for image in "${images[@]}"; do
  echo "importing ${image##*/}"
  ctr --namespace k8s.io images import "$staging/$image" >/dev/null || give_up
done
rm --recursive --force -- "$staging"
[ -z "$pending" ] || { echo "$pending" >>"$state/applied" && sync "$state/applied"; } || give_up
echo "$stamp" >"$state/payload.new" && chmod 0644 "$state/payload.new" && sync "$state/payload.new" && mv --no-target-directory "$state/payload.new" "$state/payload" || give_up

# Brings files onto a node: all of them beside their places first, checked and flushed to disk, then each renamed into its place.
# Argument: root of the file system. Input: lines of instructions up to a line "tar", then a tar archive of the files beside.
#   applied LINE            a line of the record of what the build has put here, while the files are changed
#   settled LINE            a line of that record afterwards
#   folder MODE OWNER PATH  made if it is missing
#   file OWNER SHA256 PATH  comes in the archive
#   remove PATH             was put here by an earlier build
set -uo pipefail
umask 077
cd "$1/" || exit
state=var/lib/kubepivot
applied=() settled=() folders=() files=() owners=() sums='' besides=() removals=()

# The instructions are read whole before anything happens, so that a connection that breaks in them changes nothing.
complete=
while IFS=' ' read -r verb rest; do
  case $verb in
    applied) applied+=("$rest") ;;
    settled) settled+=("$rest") ;;
    folder) folders+=("$rest") ;;
    file)
      read -r owner sum path <<<"$rest"
      case $path in */*) beside=${path%/*}/.${path##*/}.kubepivot-new ;; *) beside=.$path.kubepivot-new ;; esac
      files+=("$path") owners+=("$owner") besides+=("$beside") sums+="$sum  $beside"$'\n'
      ;;
    remove) removals+=("$rest") ;;
    tar) complete=yes; break ;;
    *) echo "unknown instruction '$verb'" >&2; exit 64 ;;
  esac
done
[ "$complete" ] || { echo 'the instructions broke off' >&2; exit 65; }

# Says what failed; leaves no half of anything, and reads the rest of the input so that the sender does not hang.
give_up() {
  [ ${#besides[@]} = 0 ] || rm --force -- "${besides[@]}"
  cat >/dev/null
  exit 1
}

# Writes the record; its lines are the arguments.
record() {
  printf '%s\n' "$@" >"$state/applied.new" && sync "$state/applied.new" && mv --no-target-directory "$state/applied.new" "$state/applied" || give_up
}

install --directory --mode=0700 "$state" || give_up
exec 9>>"$state/lock" || give_up
flock --wait 120 9 || { echo 'another build is writing to this node' >&2; give_up; }
record "${applied[@]}"

for folder in "${folders[@]}"; do
  read -r mode owner path <<<"$folder"
  [ -d "$path" ] || install --directory --mode="$mode" --owner="${owner%:*}" --group="${owner#*:}" -- "$path" || give_up
done

if [ ${#files[@]} != 0 ]; then
  rm --force -- "${besides[@]}"
  tar --extract --file=- --no-same-owner --preserve-permissions || give_up
  for i in "${!files[@]}"; do
    [ "${owners[i]}" = root:root ] || chown -- "${owners[i]}" "${besides[i]}" || give_up
  done
  sha256sum --check --quiet --strict <<<"${sums%$'\n'}" >&2 || give_up
  sync -- "${besides[@]}" || give_up
  for i in "${!files[@]}"; do
    mv --force --no-target-directory -- "${besides[i]}" "${files[i]}" || give_up
  done
fi
[ ${#removals[@]} = 0 ] || rm --force -- "${removals[@]}" || give_up
record "${settled[@]}"
cat >/dev/null

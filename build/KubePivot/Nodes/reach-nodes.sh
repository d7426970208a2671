# Which other nodes answer on a port, all asked at once: a line NAME|ADDRESS|reached, or what was said in its place, or nothing within 2 s.
# Arguments: the port, and NAME=ADDRESS of each node.
port=$1
shift
for node in "$@"; do
  {
    said=$({ timeout 2 bash -c "exec 3<>/dev/tcp/${node#*=}/$port"; } 2>&1) && said=reached
    said=${said%%$'\n'*}
    echo "${node%%=*}|${node#*=}|${said##*: }"
  } &
done
wait

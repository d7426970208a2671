# Prints of each unit the journal's last lines. What a program of Go says before it dies stands above a stack trace that is longer than
# any excerpt, so traces are left out, and fatal words come first.
# Arguments: names of units.
for unit in "$@"; do
  echo "  --- $unit"
  journalctl --unit="$unit" --lines=2000 --quiet --no-pager --output=cat | awk '
    /^(\t|goroutine [0-9]+ |created by )/ || /^[^ ]+\(.*\)$/ { next }
    { lines[++count] = $0 }
    /^F[0-9][0-9][0-9][0-9] / || /^(panic|fatal error):/ || /level=fatal/ || /"level":"(fatal|panic)"/ { fatal = count }
    END {
      from = count > 12 ? count - 11 : 1
      if (fatal && fatal < from) print "    " lines[fatal]
      for (i = from; i <= count; i++) print "    " lines[i]
    }'
done

namespace Integration.Tests.Nodes;

/// <summary>
/// A shell script in place of systemctl, which a folder cannot have: it notes each call, and units are files that say their state.
/// Everything else on the "node" is real: sshd, bash, tar, owners, modes.
/// </summary>
public sealed class FakeSystemctl
{
    private const string Script = """
        #!/bin/bash
        here=$(dirname "$0")
        [ "$1" = show ] || echo "$*" >>"$here/calls"
        verb=$1; shift
        [ "$1" != --property=InactiveExitTimestamp ] || { date; exit; }

        # A unit with a program runs on its own, and a second start joins the first: as systemd does it.
        run() {
          if ! grep -qs activating "$here/$1.state"; then
            echo 'activating start 0' >"$here/$1.state"
            setsid bash -c 'if "$0.run"; then echo "active exited 0"; else echo "failed failed 0"; fi >"$0.new"; mv "$0.new" "$0.state"' "$here/$1" </dev/null >/dev/null 2>&1 &
          fi
          while grep -q activating "$here/$1.state"; do sleep 0.02; done
          grep -q active "$here/$1.state"
        }

        units=(); for word in "$@"; do case $word in -*) ;; *) units+=("$word") ;; esac; done
        case $verb in
          show)
            for unit in "${units[@]}"; do
              state=$(cat "$here/$unit.state" 2>/dev/null || echo 'inactive dead 0')
              read -r active sub restarts <<<"$state"
              echo "Id=$unit"; echo "LoadState=$([ -e "$here/$unit.missing" ] && echo not-found || echo loaded)"; echo "ActiveState=$active"; echo "SubState=$sub"
              echo "Result=success"; echo "NRestarts=$restarts"; echo "UnitFileState=$([ -e "$here/$unit.enabled" ] && echo enabled || echo disabled)"; echo "NeedDaemonReload=no"; echo
            done ;;
          start|restart) for unit in "${units[@]}"; do if [ -e "$here/$unit.run" ]; then run "$unit"; exit; fi; cat "$here/$unit.becomes" 2>/dev/null >"$here/$unit.state" || echo 'active running 0' >"$here/$unit.state"; done ;;
          enable) for unit in "${units[@]}"; do touch "$here/$unit.enabled"; done ;;
          disable) for unit in "${units[@]}"; do rm -f "$here/$unit.enabled" "$here/$unit.state"; done ;;
        esac
        """;

    /// <summary>In place of journalctl: the journal is a text file, a cursor the number of a line.</summary>
    private const string JournalScript = """
        #!/bin/bash
        journal=$(dirname "$0")/journal
        after=0 follow= json=
        for word in "$@"; do
          case $word in
            --show-cursor) echo "-- cursor: $(wc -l <"$journal")"; exit ;;
            --after-cursor=*) after=${word#*=} ;;
            --follow) follow=yes ;;
            --output=json) json=yes ;;
          esac
        done
        [ "$json" ] || { echo "journal: $*"; exit; }
        number=$after
        timeout 60 tail ${follow:+-F} --lines=+$((after + 1)) "$journal" | while IFS= read -r line; do
          number=$((number + 1)); printf '{"__CURSOR":"%s","MESSAGE":"%s"}\n' "$number" "$line"
        done
        """;

    private readonly string folder;

    public FakeSystemctl(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        Put("systemctl", Script);
        Put("journalctl", JournalScript);
        File.AppendAllText(Path.Combine(folder, "journal"), "");
    }

    /// <summary>Puts a program among those that the node's commands find first.</summary>
    public void Put(string name, string script)
    {
        File.WriteAllText(Path.Combine(folder, name), script);
        File.SetUnixFileMode(Path.Combine(folder, name), (UnixFileMode)Convert.ToInt32("755", 8));
    }

    /// <summary>What the unit runs when it is started; it may write to <c>$journal</c>.</summary>
    public void Runs(string unit, string script) => Put($"{unit}.run", $"#!/bin/bash\njournal={folder}/journal\n{script}\n");

    /// <summary>All calls but <c>show</c> so far, and forgets them.</summary>
    public IReadOnlyList<string> TakeCalls()
    {
        var file = Path.Combine(folder, "calls");
        var calls = File.Exists(file) ? File.ReadAllLines(file) : [];
        File.Delete(file);
        return calls;
    }

    /// <summary>What a start will make of the unit, as in <c>activating auto-restart 7</c>.</summary>
    public void Becomes(string unit, string state) => File.WriteAllText(Path.Combine(folder, $"{unit}.becomes"), state + "\n");
}

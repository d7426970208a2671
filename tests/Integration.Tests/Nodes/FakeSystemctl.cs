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
        units=(); for word in "$@"; do case $word in -*) ;; *) units+=("$word") ;; esac; done
        case $verb in
          show)
            for unit in "${units[@]}"; do
              state=$(cat "$here/$unit.state" 2>/dev/null || echo 'inactive dead 0')
              read -r active sub restarts <<<"$state"
              echo "Id=$unit"; echo "LoadState=$([ -e "$here/$unit.missing" ] && echo not-found || echo loaded)"; echo "ActiveState=$active"; echo "SubState=$sub"
              echo "Result=success"; echo "NRestarts=$restarts"; echo "UnitFileState=$([ -e "$here/$unit.enabled" ] && echo enabled || echo disabled)"; echo "NeedDaemonReload=no"; echo
            done ;;
          start|restart) for unit in "${units[@]}"; do cat "$here/$unit.becomes" 2>/dev/null >"$here/$unit.state" || echo 'active running 0' >"$here/$unit.state"; done ;;
          enable) for unit in "${units[@]}"; do touch "$here/$unit.enabled"; done ;;
          disable) for unit in "${units[@]}"; do rm -f "$here/$unit.enabled" "$here/$unit.state"; done ;;
        esac
        """;

    private readonly string folder;

    public FakeSystemctl(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        foreach (var (name, script) in new[] { ("systemctl", Script), ("journalctl", "#!/bin/bash\necho \"journal: $*\"\n") })
        {
            File.WriteAllText(Path.Combine(folder, name), script);
            File.SetUnixFileMode(Path.Combine(folder, name), (UnixFileMode)Convert.ToInt32("755", 8));
        }
    }

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

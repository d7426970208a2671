using KubePivot.Configuration;

namespace KubePivot.EndToEnd;

/// <summary>
/// Looks for secrets by their content: on a node in its journals, logs, processes, and every file that others than root could read;
/// on this machine in the build's state, logs and the processes. What to look for goes there in a file for root alone.
/// </summary>
/// <param name="pieces">What is looked for, and what it is of.</param>
internal sealed class SecretSearch(ThrowAwayCluster cluster, IReadOnlyDictionary<string, string> pieces)
{
    /// <summary>
    /// Prints a line for each find. A stranger (no such user, no groups) is asked whether he could read a file; besides him, only
    /// root and the one group that the control plane's own pods run as may.
    /// </summary>
    private const string Program = """
        set -u
        umask 077
        work=$(mktemp --directory /run/kubepivot-search.XXXXXX)
        trap 'rm -rf "$work"' EXIT
        cat > "$work/pieces"
        found() { grep --quiet --text --fixed-strings --file="$work/pieces"; }
        [ -s "$work/pieces" ] || { echo 'nothing to look for'; exit 1; }
        if command -v journalctl > /dev/null; then journalctl --no-pager --output=cat 2>/dev/null | found && echo 'the journal'; fi
        for process in /proc/[0-9]*; do
          for part in cmdline environ; do
            tr '\0' '\n' < "$process/$part" 2>/dev/null | found && echo "$process/$part of $(cat "$process/comm" 2>/dev/null)"
          done
        done
        grep --recursive --files-with-matches --text --fixed-strings --file="$work/pieces" LOGS 2>/dev/null | sed 's/^/the log /'
        find FOLDERS -path "$work" -prune -o -path '*/rootfs' -prune -o -type f -perm /044 -print0 2>/dev/null \
          | xargs --null --no-run-if-empty grep --files-with-matches --text --fixed-strings --file="$work/pieces" 2>/dev/null \
          | while read -r file; do
              if setpriv --reuid=65533 --regid=65533 --clear-groups test -r "$file"; then echo "$file, which everybody can read"
              elif [ -n "$(find "$file" -perm /040 ! -gid 0 ! -gid 65534)" ]; then echo "$file, which group $(stat --format=%G "$file") can read"
              fi
            done
        echo 'search done'
        """;

    /// <returns>Where secrets were found, one line each.</returns>
    public async Task<IReadOnlyList<string>> OnNodeAsync(Node node)
    {
        var program = Program.Replace("LOGS", "/var/log", StringComparison.Ordinal).Replace("FOLDERS", "/etc /var/lib /opt /root /home /tmp /run /usr/local", StringComparison.Ordinal);
        return Finds(await cluster.OnNodeAsync(node.Address, program, Input), node.Name);
    }

    /// <inheritdoc cref="OnNodeAsync"/>
    public async Task<IReadOnlyList<string>> OnHostAsync()
    {
        var program = Program
            .Replace("command -v journalctl", "false", StringComparison.Ordinal)
            .Replace("LOGS", $"{cluster.Folder}/.nuke {cluster.Folder}/.cluster/timeline.json {cluster.Folder}/.cluster/markers", StringComparison.Ordinal)
            .Replace("FOLDERS", $"{cluster.Folder} /var/lib/lxc/{cluster.Description().UniqueName}-*/config", StringComparison.Ordinal);
        return Finds(await KubePivot.Commands.LocalCommand.RunAsync("bash", ["-c", program], input: Input), "this machine");
    }

    /// <summary>Which secrets a text holds.</summary>
    public IReadOnlyList<string> In(string where, string text) =>
        [.. pieces.Where(piece => text.Contains(piece.Key, StringComparison.Ordinal)).Select(piece => $"{where}: {piece.Value}").Distinct()];

    private string Input => string.Concat(pieces.Keys.Select(piece => $"{piece}\n"));

    private static IReadOnlyList<string> Finds(KubePivot.Commands.CommandResult result, string where)
    {
        var lines = result.ThrowOnFailure("the search failed").StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("search done", lines[^1]);
        return [.. lines[..^1].Select(line => $"{where}: {line}")];
    }
}

namespace KubePivot.Diagnosis;

/// <summary>What is not as it should be in what diagnose-node.sh wrote. Pure.</summary>
internal static class NodeFindings
{
    /// <summary>Units that failed, or that systemd starts again and again.</summary>
    /// <param name="text">A line a unit: its name, then what <c>systemctl show</c> says.</param>
    public static IEnumerable<string> Units(string text) =>
        from line in text.Split('\n')
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length > 0 && (words.Contains("ActiveState=failed") || words.Contains("SubState=auto-restart"))
        let said = words.Skip(1).Where(word => word.StartsWith("Result=", StringComparison.Ordinal) || word.StartsWith("ExecMainStatus=", StringComparison.Ordinal) || word.StartsWith("NRestarts=", StringComparison.Ordinal))
        select $"has {words[0]} {(words.Contains("ActiveState=failed") ? "failed" : "ending as soon as it is started")} ({string.Join(' ', said)})";

    /// <summary>openssl's words about certificates that do not verify, or do not belong to their keys.</summary>
    public static IEnumerable<string> Certificates(string text)
    {
        var file = "";
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                file = line[2..];
            }
            else if (line.StartsWith("error ", StringComparison.Ordinal) && line.Contains("lookup", StringComparison.Ordinal))
            {
                yield return $"{file}: {line.Split("lookup: ")[^1]}";
            }
            else if (line.Contains("private key does not match", StringComparison.Ordinal))
            {
                yield return $"{file}: its private key is another's";
            }
        }
    }
}

using KubePivot.Commands;

namespace KubePivot.Machines;

/// <summary>A rule of ours in the build host's packet filter (iptables).</summary>
/// <param name="Insert">First in its chain instead of last.</param>
public sealed record FilterRule(string Table, string Chain, bool Insert, IReadOnlyList<string> Arguments);

/// <summary>
/// The rules that let a cluster's machines reach each other and the outside. Each one carries a comment with the name of the
/// cluster's bridge, by which it is found again.
/// </summary>
public static class PacketFilter
{
    /// <summary>The rules of a cluster; pure.</summary>
    /// <param name="network">The machines' network, as in <c>10.70.3.0/24</c>.</param>
    public static IReadOnlyList<FilterRule> RulesOf(string bridge, string network)
    {
        string[] comment = ["-m", "comment", "--comment", CommentOf(bridge)];
        return
        [
            // Packets to the outside carry the build host's address.
            new("nat", "POSTROUTING", false, ["-s", network, "!", "-d", network, .. comment, "-j", "MASQUERADE"]),
            // A host whose FORWARD policy is DROP (Docker sets that) would keep the machines from the outside, and with
            // bridge-nf-call-iptables even from each other.
            new("filter", "FORWARD", true, ["-i", bridge, .. comment, "-j", "ACCEPT"]),
            new("filter", "FORWARD", true, ["-o", bridge, .. comment, "-j", "ACCEPT"]),
        ];
    }

    public static string CommentOf(string bridge) => $"kubepivot:{bridge}";

    /// <summary>The arguments that delete the rules with our comment, from what <c>iptables -S</c> lists; pure.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> DeletionsIn(string listing, string bridge) =>
    [
        .. listing.Split('\n')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('"')).ToList())
            .Where(words => words.Count > 2 && words[0] == "-A" && words.Contains(CommentOf(bridge)))
            .Select(words => (IReadOnlyList<string>)["-D", .. words.Skip(1)]),
    ];

    /// <summary>Adds the rules that are not there yet.</summary>
    public static async Task EnsureAsync(IEnumerable<FilterRule> rules, CancellationToken cancellationToken)
    {
        foreach (var rule in rules)
        {
            var there = await IptablesAsync(["-t", rule.Table, "-C", rule.Chain, .. rule.Arguments], cancellationToken).ConfigureAwait(false);
            if (!there.Succeeded)
            {
                var added = await IptablesAsync(["-t", rule.Table, rule.Insert ? "-I" : "-A", rule.Chain, .. rule.Arguments], cancellationToken).ConfigureAwait(false);
                added.ThrowOnFailure("The machines' way to the outside could not be opened in the packet filter");
            }
        }
    }

    /// <summary>Deletes all rules of a cluster, also those of an earlier version of it. Without iptables there are none.</summary>
    public static async Task RemoveAsync(string bridge, CancellationToken cancellationToken)
    {
        if (LocalCommand.Find("iptables") == null)
        {
            return;
        }

        foreach (var table in new[] { "nat", "filter" })
        {
            var listing = (await IptablesAsync(["-t", table, "-S"], cancellationToken).ConfigureAwait(false)).ThrowOnFailure("The packet filter's rules could not be listed");
            foreach (var deletion in DeletionsIn(listing.StandardOutput, bridge))
            {
                (await IptablesAsync(["-t", table, .. deletion], cancellationToken).ConfigureAwait(false)).ThrowOnFailure("A rule of the packet filter could not be deleted");
            }
        }
    }

    /// <summary>Waits for another program that is changing the rules just now.</summary>
    private static Task<CommandResult> IptablesAsync(IEnumerable<string> arguments, CancellationToken cancellationToken) =>
        LocalCommand.RunAsync("iptables", ["--wait", "10", .. arguments], cancellationToken: cancellationToken);
}

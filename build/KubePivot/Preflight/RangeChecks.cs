using System.Net;
using KubePivot.Configuration;

namespace KubePivot.Preflight;

/// <summary>Compares the cluster's ranges with what a machine reaches already. Pure.</summary>
internal static class RangeChecks
{
    /// <summary>What a route shares with a range, once for each route.</summary>
    /// <param name="check">One of <see cref="CheckNames"/>.</param>
    /// <param name="key">Where cluster.yaml says the range, as in <c>network.podCidr</c>.</param>
    /// <param name="routes">Without those that the cluster itself has made.</param>
    public static IEnumerable<Finding> Routes(string check, string? where, string key, IPNetwork range, IEnumerable<Route> routes) =>
        routes.Where(route => !route.IsDefault && route.Network.Overlaps(range)).Select(route => new Finding(
            check,
            where,
            $"has a route to {route}, which shares addresses with {key} '{range}'",
            "a range that is used nowhere else",
            route.Network.PrefixLength < range.PrefixLength
                ? $"What is there at {range} cannot be reached from the cluster; if something is, choose another {key} in cluster.yaml"
                : $"Choose another {key} in cluster.yaml")
        {
            // A wide route, as to a company's 10.0.0.0/8, holds many addresses that nobody has.
            IsWarning = route.Network.PrefixLength < range.PrefixLength,
            IsInput = true,
        });

    /// <summary>Name servers that would be taken for pods or services.</summary>
    public static IEnumerable<Finding> NameServers(string? where, Cluster cluster, IEnumerable<string> nameServers)
    {
        foreach (var server in nameServers)
        {
            if (!IPAddress.TryParse(server, out var address))
            {
                continue;
            }

            foreach (var (check, key, taken) in new[] { (CheckNames.PodsCidr, "network.podCidr", cluster.PodNetwork), (CheckNames.ServicesCidr, "network.serviceCidr", cluster.ServiceNetwork) })
            {
                if (taken.Contains(address))
                {
                    yield return new Finding(
                        check, where, $"asks the name server {server}, which lies in {key} '{taken}'", "a range that is used nowhere else, for nodes and pods cannot reach it there", $"Choose another {key} in cluster.yaml") { IsInput = true };
                }
            }
        }
    }
}

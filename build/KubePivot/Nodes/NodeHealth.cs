using KubePivot.Waiting;

namespace KubePivot.Nodes;

/// <summary>Judges whether units of a node run and serve. Pure.</summary>
internal static class NodeHealth
{
    /// <param name="units">The units that are waited for.</param>
    /// <param name="first">The units when the wait began, to count restarts from.</param>
    /// <param name="crashLoop">So many restarts since then make success impossible.</param>
    public static Observation Of(IReadOnlyList<string> units, IReadOnlyDictionary<string, FoundUnit> first, NodeState now, int crashLoop)
    {
        var problems = units.Select(unit => ProblemOf(unit, now)).OfType<string>().ToList();
        return new Observation(problems.Count == 0, string.Join(", ", problems), Impossible(units, first, now, crashLoop));
    }

    /// <summary>The units whose journal explains what is seen.</summary>
    public static IReadOnlyList<string> Troubled(IReadOnlyList<string> units, NodeState now) => [.. units.Where(unit => ProblemOf(unit, now) != null)];

    private static string? ProblemOf(string name, NodeState now)
    {
        if (!now.Units.TryGetValue(name, out var unit) || !unit.IsLoaded)
        {
            return $"{name} does not exist";
        }

        return !unit.IsActive || unit.HasJob ? $"{name} {unit.State}{(unit.Restarts == 0 ? "" : $", restarted {unit.Restarts} times")}"
            : name == "kubelet.service" && !now.KubeletHealthy ? $"kubelet /healthz: {now.KubeletHealth}"
            : name == "etcd.service" && !now.EtcdHealthy ? $"etcd /health: {now.EtcdHealth}"
            : null;
    }

    private static string? Impossible(IReadOnlyList<string> units, IReadOnlyDictionary<string, FoundUnit> first, NodeState now, int crashLoop)
    {
        foreach (var unit in units.Select(name => now.Units.GetValueOrDefault(name)).OfType<FoundUnit>())
        {
            if (!unit.IsLoaded)
            {
                return $"{unit.Name} does not exist on the machine";
            }

            if (unit.State.StartsWith("failed", StringComparison.Ordinal) && !unit.HasJob)
            {
                return $"{unit.Name} failed ({unit.Result})";
            }

            // A restart by hand sets systemd's count back to zero.
            var restarts = unit.Restarts - Math.Min(unit.Restarts, first.GetValueOrDefault(unit.Name)?.Restarts ?? 0);
            if (restarts >= crashLoop && !unit.IsActive)
            {
                return $"{unit.Name} ends as soon as it is started; systemd has restarted it {restarts} times";
            }
        }

        return null;
    }
}

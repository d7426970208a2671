namespace Nuke.Common.Execution;

/// <summary>Decides which targets run, and in which order.</summary>
internal static class ExecutionPlanner
{
    /// <param name="targets">All targets in declaration order.</param>
    /// <param name="invokedNames">Names from the command line, in any case and with any dashes; null: the default targets.</param>
    /// <returns>The plan in execution order, each target Scheduled.</returns>
    public static IReadOnlyCollection<ExecutableTarget> GetExecutionPlan(IReadOnlyCollection<ExecutableTarget> targets, IEnumerable<string> invokedNames)
    {
        var wanted = invokedNames?.Select(name => Find(name, targets)).ToList();
        wanted?.ForEach(target => target.Invoked = true);
        wanted ??= [.. targets.Where(target => target.IsDefault)];
        AssertNoCycle(targets);
        while (true)
        {
            var plan = Order(targets, wanted);
            var triggered = plan.SelectMany(target => target.Triggers).Except(plan).ToList();
            if (triggered.Count == 0)
            {
                plan.ForEach(target => target.Status = ExecutionStatus.Scheduled);
                return plan;
            }

            wanted = [.. plan, .. triggered];
        }
    }

    /// <summary>Takes, again and again, the first declared target that no remaining one depends on; the plan is the reverse of that.</summary>
    private static List<ExecutableTarget> Order(IReadOnlyCollection<ExecutableTarget> targets, List<ExecutableTarget> wanted)
    {
        var remaining = targets.ToList();
        var plan = new List<ExecutableTarget>();
        while (remaining.Count > 0)
        {
            var next = remaining.First(target => !remaining.Any(other => other.AllDependencies.Contains(target)));
            remaining.Remove(next);
            if (wanted.Contains(next) || plan.Any(target => target.ExecutionDependencies.Contains(next)))
            {
                plan.Add(next);
            }
        }

        plan.Reverse();
        return plan;
    }

    private static ExecutableTarget Find(string name, IReadOnlyCollection<ExecutableTarget> targets)
    {
        name = name.Replace("-", "", StringComparison.Ordinal);
        var target = targets.SingleOrDefault(target => target.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (target == null)
        {
            Assert.Fail(string.Join(
                Environment.NewLine,
                [$"Target with name '{name}' does not exist. Available targets are:", .. targets.Select(other => $"  - {other.Name}").Order(StringComparer.InvariantCultureIgnoreCase)]));
        }

        return target;
    }

    private static void AssertNoCycle(IReadOnlyCollection<ExecutableTarget> targets)
    {
        var cycles = Cycles(targets).ToList();
        if (cycles.Count > 0)
        {
            Assert.Fail(string.Join(
                Environment.NewLine,
                ["Circular dependencies between targets:", .. cycles.Select(cycle => $" - {string.Join(", ", cycle.Select(target => target.Name))}")]));
        }
    }

    /// <summary>Groups of targets that depend on each other: those that can be reached from themselves, each with whom it shares that way.</summary>
    private static IEnumerable<List<ExecutableTarget>> Cycles(IReadOnlyCollection<ExecutableTarget> targets)
    {
        var reachable = targets.ToDictionary(target => target, Reachable);
        var told = new HashSet<ExecutableTarget>();
        foreach (var target in targets.Where(target => reachable[target].Contains(target) && !told.Contains(target)))
        {
            var cycle = reachable[target].Where(other => reachable[other].Contains(target)).ToList();
            told.UnionWith(cycle);
            yield return cycle;
        }
    }

    private static HashSet<ExecutableTarget> Reachable(ExecutableTarget start)
    {
        var seen = new HashSet<ExecutableTarget>();
        var open = new Stack<ExecutableTarget>(start.AllDependencies);
        while (open.TryPop(out var target))
        {
            if (seen.Add(target))
            {
                foreach (var dependency in target.AllDependencies)
                {
                    open.Push(dependency);
                }
            }
        }

        return seen;
    }
}

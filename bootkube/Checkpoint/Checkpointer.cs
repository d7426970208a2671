using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Checkpoint;

/// <summary>Looks at API, runtime and disk, decides, and does it: one round after the other.</summary>
internal sealed class Checkpointer(NodeApi api, ContainerRuntime runtime, CopyStore store, Decision decision, Journal journal, TimeProvider clock)
{
    private readonly Dictionary<CopyKey, long> goneSince = [];
    private readonly Dictionary<string, string> told = new(StringComparer.Ordinal);
    private long? awaySince;
    private bool swept;

    /// <summary>One round.</summary>
    /// <returns>Whether all is as it is on a quiet day: then the next round can wait.</returns>
    public async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        var looking = runtime.LookAsync(cancellationToken);
        var (state, pods, words) = await api.PodsAsync(cancellationToken);
        var running = await looking;
        TellOnChange("api", state == ApiState.Answers ? "The API answers." : $"The API {(state == ApiState.Away ? "is away" : "tells nothing")}: {words}");
        TellOnChange("runtime", running != null ? "The container runtime answers." : $"The container runtime does not tell what runs: {runtime.Trouble}");
        var parents = pods.Select(Parent.From).OfType<Parent>().ToList();
        var made = await MakeAsync(parents, running, cancellationToken);
        var copies = store.Load(journal.Tell);
        var situation = new Situation
        {
            Api = state,
            AwayFor = AwayFor(state),
            Parents = parents,
            Running = running,
            Copies = copies,
            Fresh = made.ToDictionary(copy => copy.Key, copy => copy.Text),
            GoneFor = GoneFor(state, parents, copies),
            HasTemporaryControlPlane = store.HasTemporaryControlPlane,
        };
        var actions = decision.Of(situation);
        foreach (var action in actions)
        {
            Do(action, copies, made);
        }

        if (actions.Count > 0 || !swept)
        {
            store.Sweep(store.Load(journal.Tell));
            swept = true;
        }

        return actions.Count == 0 && situation.IsQuiet;
    }

    /// <summary>The newest parent that runs well, of each workload, as a copy.</summary>
    private async Task<IReadOnlyList<CopyManifest>> MakeAsync(IEnumerable<Parent> parents, IReadOnlyList<RunningPod>? running, CancellationToken cancellationToken)
    {
        var made = new List<CopyManifest>();
        foreach (var parent in parents.Where(parent => parent.RunsWell(running)).GroupBy(parent => parent.Key).Select(group => group.MaxBy(parent => parent.Created)!))
        {
            try
            {
                var objects = new Dictionary<ObjectReference, JsonNode>();
                foreach (var reference in ObjectReference.Of(parent.Pod))
                {
                    if (await api.FindAsync(reference, parent.Key.Namespace, cancellationToken) is { } found)
                    {
                        objects.Add(reference, found);
                    }
                }

                made.Add(CopyManifest.Make(parent.Pod, objects));
                told.Remove($"refused {parent.Key}");
            }
            catch (RefusedException exception)
            {
                TellOnChange($"refused {parent.Key}", $"No copy can be made of {parent.Key.Namespace}/{parent.Name}: {exception.Message}.");
            }
        }

        return made;
    }

    private void Do(Action action, IReadOnlyList<Copy> copies, IReadOnlyList<CopyManifest> made)
    {
        switch (action.Step)
        {
            case Step.Write:
                var copy = copies.FirstOrDefault(found => found.Key == action.Key);
                store.Write(made.First(fresh => fresh.Key == action.Key), copy?.IsActive == true && copy.IsAlwaysActive);
                break;
            case Step.Activate:
                store.Activate(action.Key);
                break;
            case Step.Deactivate:
                store.Deactivate(action.Key);
                break;
            default:
                store.Remove(action.Key);
                break;
        }

        // Said for good only when it has been so for the whole time again.
        goneSince.Remove(action.Key);
        journal.Tell($"{action.Key}: {Words(action.Step)}, for {action.Why}.");
    }

    private static string Words(Step step) => step switch
    {
        Step.Write => "copy written",
        Step.Activate => "copy activated",
        Step.Deactivate => "copy deactivated",
        _ => "copy removed",
    };

    private TimeSpan AwayFor(ApiState state)
    {
        awaySince = state == ApiState.Away ? awaySince ?? clock.GetTimestamp() : null;
        return awaySince is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero;
    }

    private Dictionary<CopyKey, TimeSpan> GoneFor(ApiState state, List<Parent> parents, IReadOnlyList<Copy> copies)
    {
        var gone = state != ApiState.Answers ? [] : copies.Select(copy => copy.Key).Except(parents.Select(parent => parent.Key)).ToHashSet();
        foreach (var key in goneSince.Keys.Where(key => !gone.Contains(key)).ToList())
        {
            goneSince.Remove(key);
        }

        foreach (var key in gone)
        {
            goneSince.TryAdd(key, clock.GetTimestamp());
        }

        return goneSince.ToDictionary(item => item.Key, item => clock.GetElapsedTime(item.Value));
    }

    private void TellOnChange(string subject, string words)
    {
        if (told.GetValueOrDefault(subject) != words)
        {
            told[subject] = words;
            journal.Tell(words);
        }
    }
}

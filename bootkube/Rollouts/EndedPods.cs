using System.Text.Json.Nodes;
using Bootkube.Api;

namespace Bootkube.Rollouts;

/// <summary>
/// Takes pods away that are over: marked for deletion, and their kubelet has said that no container of theirs runs any more. It takes
/// them away itself, but often at its next round only, 10 s later or more, and until then a master gets no successor. One that led
/// takes its lease along: nobody makes pods until another leads, so it is given up first.
/// </summary>
internal sealed class EndedPods(ApiClient api, Leases leases, Journal journal)
{
    private readonly HashSet<string> seenRunning = [];
    private readonly HashSet<string> removed = [];

    /// <summary>Whether nothing of the pod runs, and nothing will.</summary>
    /// <param name="hasRun">Its containers ran. One that did and now is said to be yet to be made is one that its kubelet has removed.</param>
    public static bool IsOver(JsonNode pod, bool hasRun)
    {
        var containers = Containers(pod).ToList();
        return pod.Text("metadata", "deletionTimestamp") != null
            && containers.Count >= pod.Items("spec", "containers").Count()
            && containers.All(container => container.At("state", "terminated") != null || (hasRun && container.Text("state", "waiting", "reason") == "ContainerCreating"));
    }

    /// <summary>What the API does not take is tried again with the next call.</summary>
    /// <param name="pods">As they are now, with their workloads' names; what they were before is known from earlier calls.</param>
    public async Task RemoveAsync(IReadOnlyList<(JsonNode Pod, string Workload)> pods, CancellationToken cancellationToken)
    {
        seenRunning.UnionWith(pods.Select(owned => owned.Pod).Where(pod => Containers(pod).Any(container => container.At("state", "running") != null)).Select(UidOf));
        foreach (var (pod, workload) in pods.Where(owned => !removed.Contains(UidOf(owned.Pod)) && IsOver(owned.Pod, seenRunning.Contains(UidOf(owned.Pod)))))
        {
            var (name, uid) = (pod.Text("metadata", "name"), UidOf(pod));
            // While it is there its node gets no other of the workload: whoever holds the lease on that node is this one.
            await leases.ReleaseOfAsync(pod, workload, cancellationToken);
            // Of this very pod: one of the same name may be there by now.
            var options = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions", ["gracePeriodSeconds"] = 0, ["preconditions"] = new JsonObject { ["uid"] = uid } };
            var answer = await api.SendAsync(
                HttpMethod.Delete, $"/api/v1/namespaces/{pod.Text("metadata", "namespace")}/pods/{name}", options.ToJsonString(), "application/json", ApiClient.ShortTry, cancellationToken);
            if (answer.Succeeded || answer.Code is 404 or 409)
            {
                removed.Add(uid);
            }
            else
            {
                journal.Tell($"Pod {name} has ended and is still there: {answer}");
            }
        }
    }

    private static string UidOf(JsonNode pod) => pod.Text("metadata", "uid") ?? "";

    private static IEnumerable<JsonNode> Containers(JsonNode pod) => pod.Items("status", "containerStatuses");
}

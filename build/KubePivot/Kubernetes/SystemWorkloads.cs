using System.Text.Json;
using k8s;
using k8s.Models;
using KubePivot.Stages;

namespace KubePivot.Kubernetes;

/// <summary>The Deployments and DaemonSets of the cluster's own namespace.</summary>
public sealed class SystemWorkloads(StageContext context, IKubernetes api)
{
    /// <summary>The annotation of a pod template whose change makes new pods, as <c>kubectl rollout restart</c> does it.</summary>
    private const string Annotation = "kubepivot.local/authorities";

    private const string Namespace = "kube-system";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Restarts them, a few pods at a time as each of them says, unless that was done for the same reason before: programs read the
    /// authority that they verify the API with when they start. The API servers themselves have what they need in their Secret.
    /// </summary>
    /// <param name="reason">A short text, as a hash, that is another one whenever they have to be restarted.</param>
    /// <exception cref="StageException">The API did not take it, in time.</exception>
    public async Task RestartAsync(string reason)
    {
        var patch = new V1Patch(
            JsonSerializer.Serialize(new Dictionary<string, object>
            {
                ["spec"] = new { template = new { metadata = new { annotations = new Dictionary<string, string> { [Annotation] = reason } } } },
            }),
            V1Patch.PatchType.StrategicMergePatch);
        await ApiWait.UntilAsync(
            context,
            "the API to restart the cluster's own pods",
            Interval,
            async stop =>
            {
                foreach (var set in (await api.AppsV1.ListNamespacedDaemonSetAsync(Namespace, cancellationToken: stop).ConfigureAwait(false)).Items.Where(set => set.Name() != "kube-apiserver"))
                {
                    await api.AppsV1.PatchNamespacedDaemonSetAsync(patch, set.Name(), Namespace, cancellationToken: stop).ConfigureAwait(false);
                }

                foreach (var deployment in (await api.AppsV1.ListNamespacedDeploymentAsync(Namespace, cancellationToken: stop).ConfigureAwait(false)).Items)
                {
                    await api.AppsV1.PatchNamespacedDeploymentAsync(patch, deployment.Name(), Namespace, cancellationToken: stop).ConfigureAwait(false);
                }

                return new(true, "");
            },
            "Run the same command again: it goes on from here.").ConfigureAwait(false);
    }
}

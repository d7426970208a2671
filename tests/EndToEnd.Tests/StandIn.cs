using System.Text.Json;

namespace KubePivot.EndToEnd;

/// <summary>A container in which a stand-in runs, and how the real program must be run.</summary>
/// <param name="Selector">Labels of its pods.</param>
/// <param name="User">User and group.</param>
/// <param name="Writable">Mounts that it may write to.</param>
/// <param name="ReadOnly">Mounts that it may not write to, besides the account's token, which it has.</param>
/// <param name="RootIsReadOnly">Whether all the rest cannot be written to.</param>
/// <param name="Probes">How the stand-in's log tells what it is probed with.</param>
internal sealed record StandIn(
    string Selector, string Container, (int User, int Group) User, IReadOnlyList<string> Writable, IReadOnlyList<string> ReadOnly, bool RootIsReadOnly, IReadOnlyList<string> Probes)
{
    private const string AccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Every mount of the manifest, and no other, is there, and the kernel lets the program write to it only if it should. The user
    /// must be one who may write there.
    /// </summary>
    public async Task ThrowUnlessMountedAsync(ThrowAwayCluster cluster)
    {
        foreach (var pod in await PodsAsync(cluster))
        {
            var mounts = ContainerOf(pod.GetProperty("spec"), "containers").GetProperty("volumeMounts").EnumerateArray().Select(mount => mount.GetProperty("mountPath").GetString()!);
            Assert.Equal([.. Writable, .. ReadOnly.Append(AccountFolder).Order(StringComparer.Ordinal)], mounts.OrderBy(path => !Writable.Contains(path)).ThenBy(path => path, StringComparer.Ordinal));
            foreach (var (path, isWritable) in Writable.Select(path => (path, true)).Concat(ReadOnly.Append(AccountFolder).Select(path => (path, false))).Append(("/", !RootIsReadOnly)))
            {
                Assert.Equal(isWritable ? "rw" : "ro", (await MustExecAsync(cluster, pod, $"awk '$2 == \"{path}\" {{ print substr($4, 1, 2) }}' /proc/mounts")).Trim());
            }

            foreach (var path in Writable)
            {
                await MustExecAsync(cluster, pod, $"echo x > {path}/try && rm {path}/try");
            }
        }
    }

    /// <summary>The program runs as who it should, without any right on its node, and can win none.</summary>
    public async Task ThrowUnlessConfinedAsync(ThrowAwayCluster cluster)
    {
        foreach (var pod in await PodsAsync(cluster))
        {
            Assert.Equal(
                $"Uid: {User.User} Gid: {User.Group} CapEff: 0000000000000000 CapBnd: 0000000000000000 NoNewPrivs: 1 Seccomp: 2",
                (await MustExecAsync(cluster, pod, "awk '/^(Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):/ { printf \"%s%s %s\", separator, $1, $2; separator = \" \" }' /proc/1/status")).Trim());
        }
    }

    /// <summary>It is asked as it should be, and ready as long as it answers with success, and at no other time.</summary>
    public async Task ThrowUnlessReadyByItsProbeAloneAsync(ThrowAwayCluster cluster)
    {
        foreach (var pod in await PodsAsync(cluster))
        {
            await ThrowAwayCluster.EventuallyAsync($"{Container} of {NameOf(pod)} is asked {string.Join(", ", Probes)}, and nothing else", Soon, async () =>
            {
                var seen = ProbesIn(await cluster.MustKubectlAsync("-n", "kube-system", "logs", NameOf(pod), "-c", Container)).ToList();
                return (seen.SequenceEqual(Probes.Order(StringComparer.Ordinal)), string.Join(", ", seen));
            });
            await MustExecAsync(cluster, pod, "touch /tmp/not-ready");
            await BecomesAsync(cluster, pod, isReady: false);
            await MustExecAsync(cluster, pod, "rm /tmp/not-ready");
            await BecomesAsync(cluster, pod, isReady: true);
        }
    }

    /// <summary>The token of the account that its first pod runs under.</summary>
    public async Task<string> TokenAsync(ThrowAwayCluster cluster) =>
        (await MustExecAsync(cluster, (await PodsAsync(cluster))[0], $"cat {AccountFolder}/token")).Trim();

    /// <summary>Its pods that are not about to end.</summary>
    public async Task<IReadOnlyList<JsonElement>> PodsAsync(ThrowAwayCluster cluster)
    {
        var pods = (await cluster.GetAsync("pods", "-n", "kube-system", "-l", Selector)).GetProperty("items").EnumerateArray()
            .Where(pod => !pod.GetProperty("metadata").TryGetProperty("deletionTimestamp", out _)).ToList();
        Assert.NotEmpty(pods);
        return pods;
    }

    /// <summary>Runs a command of busybox's shell in its container.</summary>
    public async Task<string> MustExecAsync(ThrowAwayCluster cluster, JsonElement pod, string command) =>
        (await cluster.KubectlAsync("-n", "kube-system", "exec", NameOf(pod), "-c", Container, "--", StandInImages.Busybox, "sh", "-c", command))
            .ThrowOnFailure($"in {Container} of {NameOf(pod)}").StandardOutput;

    private static IEnumerable<string> ProbesIn(string log) =>
        log.Split('\n').Where(line => line.Contains(" from kube-probe/", StringComparison.Ordinal)).Select(line => line[..line.IndexOf(" from ", StringComparison.Ordinal)])
            .Distinct().Order(StringComparer.Ordinal);

    private Task BecomesAsync(ThrowAwayCluster cluster, JsonElement pod, bool isReady) =>
        ThrowAwayCluster.EventuallyAsync($"{Container} of {NameOf(pod)} is {(isReady ? "ready" : "not ready")}", Soon, async () =>
        {
            var status = (await cluster.GetAsync("pod", NameOf(pod), "-n", "kube-system")).GetProperty("status");
            var container = ContainerOf(status, "containerStatuses");
            Assert.Equal(0, container.GetProperty("restartCount").GetInt32());
            return (container.GetProperty("ready").GetBoolean() == isReady, container.ToString());
        });

    private JsonElement ContainerOf(JsonElement whole, string list) =>
        whole.GetProperty(list).EnumerateArray().Single(container => container.GetProperty("name").GetString() == Container);

    private static string NameOf(JsonElement pod) => pod.GetProperty("metadata").GetProperty("name").GetString()!;
}

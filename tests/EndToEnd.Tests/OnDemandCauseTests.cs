namespace KubePivot.EndToEnd;

/// <summary>
/// On demand (<c>-explicit only</c>): what only nodes can show is broken on a running cluster, a stage fails of it, and the last lines of
/// its error name the cause. One clock runs all machines that are containers, so a wrong one cannot be had here.
/// </summary>
[Collection(ThrowAwayCluster.OneAtATime)]
[TestMethodOrderer(typeof(InOrderOfAppearance))]
public sealed class OnDemandCauseTests(ThrowAwayCluster cluster) : IClassFixture<ThrowAwayCluster>
{
    [Fact(Explicit = true)]
    public async Task A_cluster_that_is_well_has_no_findings()
    {
        Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");
        await cluster.MustBuildAsync("Bootstrap");

        await cluster.MustBuildAsync("Diagnose");

        Assert.Contains("FINDINGS\n  none", (await SupportBundleFiles.OfAsync(cluster))["SUMMARY.txt"], StringComparison.Ordinal);
    }

    [Theory(Explicit = true)]
    [InlineData(
        "there is no way from one machine to another", "worker01",
        "iptables -I INPUT -s {masters} -j DROP && iptables -I OUTPUT -d {masters} -j DROP",
        "iptables -D INPUT -s {masters} -j DROP; iptables -D OUTPUT -d {masters} -j DROP")]
    [InlineData(
        "a port is taken by somebody else", "worker01",
        "systemctl stop kubelet && systemd-run --unit=thief socat TCP-LISTEN:10250,fork,reuseaddr /dev/null && systemctl start kubelet",
        "systemctl stop thief; systemctl restart kubelet")]
    [InlineData(
        "a disk is full", "master01 master02",
        "systemctl stop etcd && mount -t tmpfs -o size=256m none /mnt && cp -a --sparse=always /var/lib/etcd/. /mnt/ && chown etcd: /mnt && { dd if=/dev/zero of=/mnt/fill bs=1M; mount --bind /mnt /var/lib/etcd && systemctl start --no-block etcd; }",
        "systemctl stop etcd; umount /var/lib/etcd /mnt; systemctl start --no-block etcd")]
    [InlineData("etcd has lost its quorum", "master01 master02", "systemctl stop etcd", "systemctl start --no-block etcd")]
    public async Task A_node_in_trouble_is_named_with_its_cause(string cause, string nodes, string breakIt, string mendIt)
    {
        NeedsACluster();
        var addresses = await cluster.NodeAddressesAsync();
        var masters = string.Join(',', addresses.Where(node => node.Key.StartsWith("master", StringComparison.Ordinal)).Select(node => node.Value));
        await OnNodesAsync(breakIt);
        try
        {
            await SeenByTheClusterAsync();
            var (exitCode, output) = await cluster.BuildAsync("WaitForPods", "--force", "--timeout", "1");
            Assert.True(exitCode == 1, output);
            Assert.Contains($"Most probable cause: {cause}.", output, StringComparison.Ordinal);
            Assert.Contains("./build.sh Diagnose", output, StringComparison.Ordinal);

            var diagnosis = await cluster.MustBuildAsync("Diagnose");
            Assert.Contains($". {cause}", diagnosis, StringComparison.Ordinal);
        }
        finally
        {
            await OnNodesAsync(mendIt);
        }

        await cluster.MustBuildAsync("WaitForPods", "--force", "--timeout", "5");

        // The API calls a node Ready for 40 s after its last word.
        Task SeenByTheClusterAsync() => ThrowAwayCluster.EventuallyAsync("a node that is not Ready, or no API", TimeSpan.FromMinutes(2), async () =>
        {
            var seen = await cluster.KubectlAsync("get", "nodes", "--request-timeout=5s");
            return (!seen.Succeeded || seen.StandardOutput.Contains("NotReady", StringComparison.Ordinal), seen.StandardOutput);
        });

        async Task OnNodesAsync(string command)
        {
            foreach (var node in nodes.Split(' '))
            {
                await cluster.OnNodeAsync(addresses[node], command.Replace("{masters}", masters, StringComparison.Ordinal));
            }
        }
    }

    [Theory(Explicit = true)]
    [InlineData("there is not enough memory", "{image}", "limits: { memory: 24Mi }")]
    [InlineData("an image cannot be had", "kubepivot.example/none:1", "")]
    public async Task A_pod_in_trouble_is_named_with_its_cause(string cause, string image, string resources)
    {
        NeedsACluster();
        var proxy = await cluster.ImageOfEveryNodeAsync();
        var manifest = Path.Combine(cluster.Folder, ".cluster", "trouble.yaml");
        await File.WriteAllTextAsync(manifest, $$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: trouble, namespace: kube-system }
            spec:
              containers:
              - name: trouble
                image: {{image.Replace("{image}", proxy, StringComparison.Ordinal)}}
                imagePullPolicy: Never
                command: [perl, -e, 'my $all = "x" x 200_000_000; sleep 600']
                resources: { {{resources}} }
            """, TestContext.Current.CancellationToken);
        await cluster.MustKubectlAsync("apply", "-f", manifest);
        try
        {
            var (exitCode, output) = await cluster.BuildAsync("WaitForPods", "--force", "--timeout", "1");
            Assert.True(exitCode == 1, output);
            Assert.Contains($"Most probable cause: {cause}.", output, StringComparison.Ordinal);
        }
        finally
        {
            await cluster.MustKubectlAsync("delete", "-f", manifest, "--now");
        }
    }

    [Fact(Explicit = true)]
    public async Task A_certificate_of_another_authority_on_a_node_is_found()
    {
        NeedsACluster();
        var address = (await cluster.NodeAddressesAsync())["master02"];
        await cluster.OnNodeAsync(address, "cp -a /etc/etcd/pki /root/pki && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=other -keyout /etc/etcd/pki/server.key -out /etc/etcd/pki/server.crt && systemctl restart --no-block etcd");
        try
        {
            var diagnosis = await cluster.MustBuildAsync("Diagnose");
            Assert.Contains("master02 holds a certificate that does not do: /etc/etcd/pki/server.crt", diagnosis, StringComparison.Ordinal);
            Assert.Contains("1. a certificate does not match", diagnosis, StringComparison.Ordinal);
        }
        finally
        {
            await cluster.OnNodeAsync(address, "cp -a /root/pki/. /etc/etcd/pki/ && systemctl restart --no-block etcd");
        }
    }

    private void NeedsACluster() => Assert.SkipWhen(!File.Exists(cluster.Kubeconfig), "the cluster was not made; see the first test of this class");
}

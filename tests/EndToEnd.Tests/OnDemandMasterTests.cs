namespace KubePivot.EndToEnd;

/// <summary>On demand (<c>-explicit only</c>): masters come and go by edits of cluster.yaml alone, and what was written stays.</summary>
[Collection(ThrowAwayCluster.OneAtATime)]
[TestMethodOrderer(typeof(InOrderOfAppearance))]
public sealed class OnDemandMasterTests(ThrowAwayCluster cluster) : IClassFixture<ThrowAwayCluster>
{
    [Fact(Explicit = true)]
    public async Task One_master_becomes_three_by_Bootstrap()
    {
        Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");
        await cluster.EditClusterFileAsync(ThrowAwayCluster.FirstAndSecondMaster, "");
        await cluster.MustBuildAsync("Bootstrap");
        await cluster.MustKubectlAsync("create", "configmap", "of-the-first-master", "-n", "default");
        await Echo.DeployAsync(cluster);
        var users = await cluster.UsersPodsAsync();
        await cluster.EditClusterFileAsync("nodes:                              # 1, 3 or 5 masters, one of them the bootstrap master; any number of workers\n", $"nodes:\n{ThrowAwayCluster.FirstAndSecondMaster}");

        await cluster.MustBuildAsync("Bootstrap");

        await AssertWellAsync("master01", "master02", "master03");
        Assert.Equal(users, await cluster.UsersPodsAsync());
    }

    [Fact(Explicit = true)]
    public async Task A_master_is_exchanged_for_one_of_another_name_when_somebody_says_yes()
    {
        NeedsACluster();
        await cluster.EditClusterFileAsync("name: master02", "name: master04");
        var (exitCode, output) = await cluster.BuildAsync("Bootstrap");
        Assert.True(exitCode == 2, output);
        Assert.Contains("master02: a member of etcd, and no master of the cluster file any more", output, StringComparison.Ordinal);

        await cluster.MustBuildAsync("Bootstrap", "--yes");

        await AssertWellAsync("master01", "master03", "master04");
        Assert.DoesNotContain("master02", (await ThrowAwayCluster.RunAsync("lxc-ls", "-1")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public async Task The_master_that_bootstrapped_the_cluster_is_exchanged_too()
    {
        NeedsACluster();
        await cluster.EditClusterFileAsync("  - { name: master03, role: master, bootstrap: true }\n", "  - { name: master05, role: master, bootstrap: true }\n");

        await cluster.MustBuildAsync("Bootstrap", "--yes");

        await AssertWellAsync("master01", "master04", "master05");
    }

    [Fact(Explicit = true)]
    public async Task After_Destroy_a_backup_makes_the_cluster_anew_on_new_machines()
    {
        NeedsACluster();
        await cluster.MustBuildAsync("Backup");
        await cluster.MustBuildAsync("Destroy", "--yes");
        Assert.Empty((await ThrowAwayCluster.RunAsync("lxc-ls", "-1")).StandardOutput.Split('\n').Intersect(cluster.Nodes().Select(node => node.MachineName)));

        await cluster.MustBuildAsync("Restore", "--snapshot", Assert.Single(Directory.GetFiles(Path.Combine(cluster.Folder, "backups"), "*.db")), "--yes");

        await AssertWellAsync("master01", "master04", "master05");
        await cluster.MustBuildAsync("Bootstrap");
    }

    private void NeedsACluster() => Assert.SkipUnless(File.Exists(cluster.Kubeconfig), "there is no cluster");

    /// <summary>The nodes are Ready and those of cluster.yaml, etcd's members the masters, and what the first master wrote is there.</summary>
    private async Task AssertWellAsync(params string[] masters)
    {
        var nodes = (await cluster.GetAsync("nodes")).GetProperty("items").EnumerateArray().ToDictionary(
            node => node.GetProperty("metadata").GetProperty("name").GetString()!,
            node => node.GetProperty("status").GetProperty("conditions").EnumerateArray().Single(condition => condition.GetProperty("type").GetString() == "Ready").GetProperty("status").GetString());
        Assert.Equal([.. masters, "worker01"], nodes.Keys.Order());
        Assert.All(nodes.Values, ready => Assert.Equal("True", ready));
        var members = await cluster.OnNodeAsync((await cluster.NodeAddressesAsync())[masters[0]], $"{ThrowAwayCluster.Etcdctl} member list && {ThrowAwayCluster.Etcdctl} endpoint health --cluster 2>&1");
        var lines = members.ThrowOnFailure("etcd is not well").StandardOutput.Split('\n');
        Assert.Equal(masters, lines.Where(line => line.Contains(", started, ", StringComparison.Ordinal)).Select(line => line.Split(", ")[2]).Order());
        Assert.Equal(masters.Length, lines.Count(line => line.Contains("is healthy", StringComparison.Ordinal)));
        await cluster.MustKubectlAsync("get", "configmap", "of-the-first-master", "-n", "default");
    }
}

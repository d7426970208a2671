using System.Net;
using System.Text.Json;
using k8s;

namespace KubePivot.EndToEnd;

/// <summary>The life of one cluster on real machines, from nothing to nothing. The tests follow each other in the order of the file.</summary>
[Collection(ThrowAwayCluster.OneAtATime)]
[TestMethodOrderer(typeof(InOrderOfAppearance))]
public sealed class BootstrapTests(ThrowAwayCluster cluster, HostBefore before) : IClassFixture<HostBefore>, IClassFixture<ThrowAwayCluster>
{
    private static readonly TimeSpan LongestFailure = TimeSpan.FromSeconds(1);

    private static readonly string[] Masters = ["master01", "master02", "master03"];

    [Fact]
    public async Task A_build_killed_in_each_of_its_seven_targets_and_run_again_ends_in_a_cluster_and_a_token()
    {
        NeedsRealMachines();
        ApiProbe? probe = null;
        foreach (var (target, says, fault) in MomentsToKill)
        {
            using var build = cluster.StartBuild("Bootstrap");
            Assert.True(await build.SeesAsync(says, TimeSpan.FromMinutes(15)), $"{target} never said '{says}':\n{build.Output}");
            if (fault != null)
            {
                Assert.True(await new FaultInjection(cluster).HitAsync(fault, build, TimeSpan.Zero, TestContext.Current.CancellationToken) != null, $"{fault} was not to be had");
            }

            build.Kill();
            await build.EndAsync(TimeSpan.FromMinutes(1));
            if (target == "CopyAssets")
            {
                probe = new ApiProbe(cluster.Kubeconfig);
            }
        }

        await using var asking = probe!;
        var output = await cluster.MustBuildAsync("Bootstrap");

        Assert.NotEmpty(TokenIn(output));
        await (await asking.StopAsync()).AssertNeverAwayForAsync(LongestFailure + ApiAvailability.Election, "in the pivot, in which an etcd was killed,", cluster);
    }

    [Fact]
    public async Task All_four_nodes_are_ready()
    {
        NeedsACluster();
        var nodes = (await cluster.GetAsync("nodes")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["master01", "master02", "master03", "worker01"], nodes.Select(Name));
        Assert.All(nodes, node => Assert.Equal("True", Condition(node, "Ready")));
    }

    [Fact]
    public async Task The_control_plane_runs_as_pods_of_the_cluster_it_controls()
    {
        NeedsACluster();
        var pods = (await cluster.GetAsync("pods", "-n", "kube-system")).GetProperty("items").EnumerateArray().ToList();
        foreach (var (prefix, owner) in new[] { ("kube-apiserver", "DaemonSet"), ("kube-controller-manager", "ReplicaSet"), ("kube-scheduler", "ReplicaSet") })
        {
            var component = pods.Where(pod => Name(pod).StartsWith($"{prefix}-", StringComparison.Ordinal)).ToList();
            Assert.Equal(Masters, component.Select(pod => pod.GetProperty("spec").GetProperty("nodeName").GetString()).Order());
            Assert.All(component, pod => Assert.Equal(owner, pod.GetProperty("metadata").GetProperty("ownerReferences")[0].GetProperty("kind").GetString()));
            Assert.All(component, pod => Assert.Equal("True", Condition(pod, "Ready")));
        }

        foreach (var (name, address) in await cluster.NodeAddressesAsync())
        {
            Assert.Equal(
                Masters.Contains(name) ? "kube-system_pod-checkpointer.json" : "",
                (await cluster.OnNodeAsync(address, "ls /etc/kubernetes/manifests /etc/kubernetes/bootstrap-secrets 2>/dev/null | grep -v ':$' | grep . || true")).StandardOutput.Trim());
        }
    }

    [Fact]
    public async Task Every_master_has_a_copy_of_its_API_server_at_hand_and_a_pod_checkpointer_that_starts_without_an_API()
    {
        NeedsACluster();
        var pods = (await cluster.GetAsync("pods", "-n", "kube-system", "-l", "k8s-app=pod-checkpointer")).GetProperty("items").EnumerateArray().Select(Name).Order().ToList();
        foreach (var (master, address) in (await cluster.NodeAddressesAsync()).Where(node => Masters.Contains(node.Key)))
        {
            var mirror = Assert.Single(pods, pod => pod.EndsWith($"-{master}", StringComparison.Ordinal));
            Assert.Contains(mirror[..^(master.Length + 1)], pods);
            Assert.Equal(
                "kube-system_kube-apiserver.json",
                (await cluster.OnNodeAsync(address, "ls /etc/kubernetes/inactive-manifests")).StandardOutput.Trim());
            Assert.Equal("", (await cluster.OnNodeAsync(address, "find /etc/kubernetes/checkpoint-secrets /etc/kubernetes/inactive-manifests -type f ! -perm 0600 -o -type d -path '*checkpoint-secrets*' ! -perm 0700")).StandardOutput);
        }
    }

    [Fact]
    public async Task The_service_kubernetes_has_an_endpoint_on_every_master_and_the_workload_namespace_exists()
    {
        NeedsACluster();
        var endpoints = await cluster.GetAsync("endpoints", "kubernetes", "-n", "default");
        Assert.Equal(3, endpoints.GetProperty("subsets")[0].GetProperty("addresses").GetArrayLength());
        Assert.Equal("tds-cloud", Name(await cluster.GetAsync("namespace", "tds-cloud")));
    }

    [Fact]
    public async Task The_printed_token_is_accepted_and_a_wrong_one_is_not()
    {
        NeedsACluster();
        var json = JsonDocument.Parse(Json(await cluster.MustBuildAsync("PrintToken", "--output", "json")));
        var token = json.RootElement.GetProperty("token").GetString()!;
        var config = Path.Combine(cluster.Folder, ".cluster", "token-only.kubeconfig");

        WriteTokenKubeconfig(config, token);
        var good = await ThrowAwayClusterKubectl(config, "auth", "can-i", "--list");
        WriteTokenKubeconfig(config, token[..^12] + "AAAAAAAAAAAA");
        var wrong = await ThrowAwayClusterKubectl(config, "auth", "can-i", "--list");

        Assert.True(good.Succeeded, good.StandardError);
        Assert.Contains("*.*", good.StandardOutput, StringComparison.Ordinal);
        Assert.False(wrong.Succeeded);
        Assert.Contains("Unauthorized", wrong.StandardError, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_deployment_behind_a_service_answers_from_every_node_by_cluster_ip_and_by_node_port()
    {
        NeedsACluster();
        await Echo.DeployAsync(cluster);

        var service = (await cluster.GetAsync("service", "echo", "-n", Echo.Namespace)).GetProperty("spec");
        var clusterAddress = service.GetProperty("clusterIP").GetString()!;
        var nodePort = service.GetProperty("ports")[0].GetProperty("nodePort").GetInt32();
        foreach (var (name, address) in await cluster.NodeAddressesAsync())
        {
            foreach (var (host, port) in new[] { (clusterAddress, 80), (address, nodePort) })
            {
                await ThrowAwayCluster.EventuallyAsync($"{host}:{port} asked from {name} answers from both pods", TimeSpan.FromSeconds(30), async () =>
                {
                    var answers = await cluster.OnNodeAsync(address, Echo.AskTwentyTimes(host, port));
                    var pods = answers.StandardOutput.Split('\n').Where(line => line.StartsWith("echo from ", StringComparison.Ordinal)).Distinct().ToList();
                    return (pods.Count == 2, $"{pods.Count} pods; {answers.StandardOutput.Trim()} {answers.StandardError.Trim()}");
                });
            }
        }
    }

    [Fact]
    public async Task A_second_bootstrap_skips_every_stage_with_its_reason_and_touches_nothing()
    {
        NeedsACluster();
        var podsBefore = await PodIdentitiesAsync();
        var output = await cluster.MustBuildAsync("Bootstrap");
        foreach (var target in MomentsToKill.Select(moment => moment.Target).Where(target => target != "PrintToken"))
        {
            Assert.Matches($@"{target}[\s\u00A0]+Skipped[\s\u00A0]+// .*done \d{{4}}-\d\d-\d\d \d\d:\d\dZ", output);
        }

        Assert.Equal(podsBefore, await PodIdentitiesAsync());
    }

    [Fact]
    public async Task Every_port_that_listens_on_a_node_is_known_and_only_those_for_others_are_open_to_them()
    {
        NeedsACluster();
        foreach (var node in cluster.Nodes())
        {
            var (faults, count) = await ListeningPorts.LookAsync(cluster, node);
            Assert.Empty(faults);
            Assert.True(count >= (node.IsMaster ? 10 : 5), $"{node.Name}: only {count} ports were seen");
        }
    }

    [Fact]
    public async Task Every_port_refuses_who_shows_no_certificate_an_expired_one_or_one_of_another_authority()
    {
        NeedsACluster();
        Assert.Empty(await new Refusals(cluster).FindFaultsAsync());
    }

    [Fact]
    public async Task Our_clients_refuse_an_API_server_by_a_name_that_its_certificate_does_not_hold()
    {
        NeedsACluster();
        var kubectl = await cluster.KubectlAsync("--tls-server-name=api.elsewhere.example", "get", "nodes");
        Assert.Contains("not api.elsewhere.example", kubectl.StandardError, StringComparison.Ordinal);

        // An address of this machine that no certificate of an API server names, and behind it the real one.
        await using var tunnel = await NodeTunnel.OpenAsync(cluster, (await cluster.NodeAddressesAsync())["master01"], "127.0.0.1:6443", "127.0.0.2");
        var elsewhere = new ClusterPaths(Path.Combine(cluster.Folder, ".cluster", "elsewhere"));
        var config = System.Text.RegularExpressions.Regex.Replace(await File.ReadAllTextAsync(cluster.Kubeconfig), "server: .*", $"server: https://127.0.0.2:{tunnel.Port}");
        KubePivot.Files.AtomicFile.WriteSecret(elsewhere.Kubeconfig, config);
        using var client = KubePivot.Kubernetes.ClusterApi.Open(elsewhere);
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => client.CoreV1.ListNodeAsync(cancellationToken: TestContext.Current.CancellationToken));
        Assert.IsType<System.Security.Authentication.AuthenticationException>(refusal.InnerException);
    }

    [Fact]
    public async Task A_kubelets_certificate_cannot_touch_another_nodes_objects()
    {
        NeedsACluster();
        using var worker = new NodeRights(cluster, "worker01");
        using var master = new NodeRights(cluster, "master01");
        var podOfMaster = Name((await cluster.GetAsync("pods", "-n", "kube-system", "-l", "k8s-app=kube-apiserver", "--field-selector=spec.nodeName=master01")).GetProperty("items")[0]);

        Assert.Equal(HttpStatusCode.Forbidden, await worker.AnnotateAsync("master01"));
        Assert.Equal(HttpStatusCode.Forbidden, await worker.LabelAsync("worker01"));
        Assert.Equal(HttpStatusCode.Forbidden, await worker.ReadSecretAsync("kube-apiserver", "kube-system"));
        Assert.Equal(HttpStatusCode.Forbidden, await worker.ListSecretsAsync("kube-system"));
        Assert.Equal(HttpStatusCode.Forbidden, await worker.DeletePodAsync(podOfMaster, "kube-system"));
        Assert.Equal(HttpStatusCode.Forbidden, await worker.AskForTokenAsync("kube-controller-manager", "kube-system"));

        // What is their own they may, so that nothing above was refused for another reason.
        Assert.Equal(HttpStatusCode.OK, await worker.AnnotateAsync("worker01"));
        Assert.Equal(HttpStatusCode.OK, await master.ReadSecretAsync("kube-apiserver", "kube-system"));
        Assert.Equal(HttpStatusCode.OK, await master.DeletePodAsync(podOfMaster, "kube-system"));
    }

    [Fact]
    public async Task Files_on_the_nodes_are_as_the_CIS_benchmark_asks()
    {
        NeedsACluster();
        foreach (var node in cluster.Nodes())
        {
            var (faults, count) = await CisFiles.LookAsync(cluster, node);
            Assert.Empty(faults);
            Assert.True(count >= (node.IsMaster ? 15 : 8), $"{node.Name}: only {count} files were looked at");
        }
    }

    [Fact]
    public async Task With_the_master_that_holds_the_virtual_address_stopped_kubectl_answers_within_5_s_and_the_worker_stays_ready()
    {
        NeedsACluster();
        var server = new Uri((await cluster.MustKubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")).Trim()).Host;
        var holder = "";
        foreach (var (name, address) in (await cluster.NodeAddressesAsync()).Where(node => Masters.Contains(node.Key)))
        {
            holder = (await cluster.OnNodeAsync(address, $"ip -o -4 address | grep -w {server} || true")).StandardOutput.Contains(server, StringComparison.Ordinal) ? name : holder;
        }

        Assert.Contains(holder, Masters);
        (await LocalVagrant("halt", "--force", holder)).ThrowOnFailure($"vagrant halt {holder} failed");
        await ThrowAwayCluster.EventuallyAsync("kubectl answers", TimeSpan.FromSeconds(5), async () =>
        {
            var answer = await cluster.KubectlAsync("--request-timeout=2s", "get", "nodes");
            return (answer.Succeeded, answer.StandardError);
        });

        // The node controller calls a node not ready after 40 s without a status: look past that.
        await ThrowAwayCluster.EventuallyAsync($"{holder} is seen to be away", TimeSpan.FromSeconds(120), async () =>
        {
            var nodes = await cluster.GetAsync("nodes");
            var states = nodes.GetProperty("items").EnumerateArray().ToDictionary(Name, node => Condition(node, "Ready"));
            Assert.Equal("True", states["worker01"]);
            return (states[holder] != "True", string.Join(", ", states));
        });
        await cluster.MustBuildAsync("Bootstrap");
        await AssertSaidIsWhatRunsAsync(holder);
        await All_four_nodes_are_ready();
    }

    [Fact]
    public async Task When_all_masters_lose_their_power_at_once_the_cluster_comes_back_by_itself_with_all_that_was_written()
    {
        NeedsACluster();
        var objects = new WrittenObjects(cluster.Kubeconfig, "power-loss");
        await objects.WriteAsync(1000, TestContext.Current.CancellationToken);
        using var power = new PowerLoss(cluster);

        var (faults, copies) = (default(IReadOnlyList<string>), 0);
        var recovery = await power.CutAsync(power.Masters, whenItAnswers: async () => (faults, copies) = await new Refusals(cluster).FindFaultsOfCopiesAsync());

        await objects.VerifyAsync(TestContext.Current.CancellationToken);
        Assert.InRange(recovery.Api, TimeSpan.Zero, PowerLoss.ApiBound);
        Assert.InRange(recovery.Ready, TimeSpan.Zero, PowerLoss.ReadyBound);
        Assert.Empty(faults!);
        Assert.True(copies > 0, "no copy of an API server was seen to refuse anybody");
        TestContext.Current.SendDiagnosticMessage($"{recovery}");
        await The_control_plane_runs_as_pods_of_the_cluster_it_controls();
        await objects.RemoveAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Renewed_certificates_reach_the_running_cluster_while_it_serves_and_the_old_ones_are_kept_aside()
    {
        NeedsACluster();
        var pki = Path.Combine(cluster.Folder, ".cluster", "pki");
        var (oldLeaf, oldAuthority) = (await File.ReadAllTextAsync(Path.Combine(pki, "apiserver.crt")), await File.ReadAllTextAsync(Path.Combine(pki, "ca.crt")));

        var usersPods = await cluster.UsersPodsAsync();
        Assert.NotEqual("", usersPods);
        await using var probe = new ApiProbe(cluster.Kubeconfig);
        await using var servers = new ReadyServers(cluster.Kubeconfig);

        await cluster.MustBuildAsync("RenewCertificates");

        await servers.AssertNeverFewerThanAsync(2, "while certificates were renewed");
        await (await probe.StopAsync()).AssertNeverAwayForAsync(LongestFailure, "while certificates were renewed", cluster);
        Assert.Equal(usersPods, await cluster.UsersPodsAsync());
        var newLeaf = await File.ReadAllTextAsync(Path.Combine(pki, "apiserver.crt"));
        Assert.NotEqual(oldLeaf, newLeaf);
        Assert.Equal(oldAuthority, await File.ReadAllTextAsync(Path.Combine(pki, "ca.crt")));
        var aside = Directory.EnumerateFiles(Path.Combine(cluster.Folder, ".cluster"), "apiserver.crt", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(Path.GetDirectoryName(file))!.StartsWith("pki-", StringComparison.Ordinal));
        Assert.Contains(oldLeaf, aside.Select(File.ReadAllText));

        foreach (var address in (await cluster.NodeAddressesAsync()).Where(node => Masters.Contains(node.Key)).Select(node => node.Value))
        {
            Assert.Equal(Fingerprint(newLeaf), await ServedFingerprintAsync(address));
        }

        await All_four_nodes_are_ready();
        await The_control_plane_runs_as_pods_of_the_cluster_it_controls();
    }

    [Fact]
    public async Task A_support_bundle_holds_what_every_node_knows_and_no_secret()
    {
        NeedsACluster();
        await cluster.MustBuildAsync("Diagnose");

        var files = await SupportBundleFiles.OfAsync(cluster);

        foreach (var node in Masters.Append("worker01"))
        {
            Assert.Matches($@"\n  {node} .* machine running  answers  clock [+-]0\.\d\d s", files["SUMMARY.txt"]);
            Assert.Contains("kubelet", files[$"nodes/{node}/journal/systemd.txt"], StringComparison.Ordinal);
            Assert.Contains(files.Keys, file => file.StartsWith($"nodes/{node}/logs/kube-system_kube-proxy-", StringComparison.Ordinal));
            Assert.Contains("Ready", files[$"api/nodes/{node}.yaml"], StringComparison.Ordinal);
        }

        Assert.All(Masters, master => Assert.Contains("readyz check passed", files[$"api/{master}.txt"], StringComparison.Ordinal));
        Assert.All(Masters, master => Assert.Contains("is healthy", files[$"nodes/{master}/etcd.txt"], StringComparison.Ordinal));
        Assert.All(["StartBootkube begins", "Started kubelet.service", "created kube-apiserver of kube-system/kube-apiserver-", "event "], moment => Assert.Contains(moment, files["timeline.txt"], StringComparison.Ordinal));
        var secrets = SupportBundleFiles.SecretsOf(cluster);
        Assert.True(secrets.Count > 50, $"only {secrets.Count} lines of private keys are known");
        Assert.All(files, file => Assert.DoesNotContain(secrets, secret => file.Value.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Authorities_are_rotated_by_a_build_that_is_killed_in_each_step_while_the_cluster_serves_and_what_the_old_ones_signed_is_refused_afterwards()
    {
        NeedsACluster();
        var old = Path.Combine(cluster.Folder, ".cluster", "before-rotation.kubeconfig");
        KubePivot.Files.AtomicFile.WriteSecret(old, await File.ReadAllTextAsync(cluster.Kubeconfig, TestContext.Current.CancellationToken));
        var usersPods = await cluster.UsersPodsAsync();
        Assert.NotEqual("", usersPods);
        await using var probe = new ApiProbe(cluster.Kubeconfig);

        foreach (var step in new[] { "1 of 3:", "2 of 3:", "3 of 3:" })
        {
            using var build = cluster.StartBuild("RenewCertificates", "--rotate-ca");
            Assert.True(await build.SeesAsync(step, TimeSpan.FromMinutes(15)) && await build.SeesAsync("kube-apiserver 1/3", TimeSpan.FromMinutes(5)), $"no API server was changed in step {step}\n{build.Output}");
            build.Kill();
            await build.EndAsync(TimeSpan.FromMinutes(1));
        }

        var output = await cluster.MustBuildAsync("RenewCertificates", "--rotate-ca");

        Assert.DoesNotContain("1 of 3:", output, StringComparison.Ordinal);
        await (await probe.StopAsync()).AssertNeverAwayForAsync(LongestFailure, "while authorities were rotated", cluster);
        Assert.Equal(usersPods, await cluster.UsersPodsAsync());
        Assert.Contains("unknown authority", (await ThrowAwayClusterKubectl(old, "get", "nodes")).StandardError, StringComparison.Ordinal);
        Assert.Contains("Unauthorized", (await ThrowAwayClusterKubectl(WithoutVerifying(old), "get", "nodes")).StandardError, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(cluster.Folder, ".cluster", "pki")), file => file.Contains("-next.", StringComparison.Ordinal) || file.Contains("-previous.", StringComparison.Ordinal));
        await All_four_nodes_are_ready();
        await The_control_plane_runs_as_pods_of_the_cluster_it_controls();
        await A_second_bootstrap_skips_every_stage_with_its_reason_and_touches_nothing();
    }

    [Fact]
    public async Task A_master_whose_machine_is_lost_is_made_anew_by_Bootstrap_alone_with_its_member_of_etcd()
    {
        NeedsACluster();
        await cluster.MustKubectlAsync("create", "configmap", "before-the-loss", "-n", "default");
        (await LocalVagrant("destroy", "--force", "master02")).ThrowOnFailure("vagrant destroy master02 failed");

        var output = await cluster.MustBuildAsync("Bootstrap");

        await AssertSaidIsWhatRunsAsync("master02");
        Assert.Contains("joining etcd as one of 3 members", output, StringComparison.Ordinal);
        await All_four_nodes_are_ready();

        // A checkpointer that has just started keeps itself with its first look around.
        var master = (await cluster.NodeAddressesAsync())["master02"];
        await ThrowAwayCluster.EventuallyAsync("the checkpointer of master02 has kept itself", TimeSpan.FromSeconds(10), async () =>
            ((await cluster.OnNodeAsync(master, "test -e /etc/kubernetes/manifests/kube-system_pod-checkpointer.json")).Succeeded, "no copy"));
        await The_control_plane_runs_as_pods_of_the_cluster_it_controls();
        var members = (await cluster.OnNodeAsync(master, $"{ThrowAwayCluster.Etcdctl} endpoint health --cluster 2>&1")).ThrowOnFailure("etcd is not well").StandardOutput;
        Assert.Equal(3, members.Split('\n').Count(line => line.Contains("is healthy", StringComparison.Ordinal)));
        await cluster.MustKubectlAsync("get", "configmap", "before-the-loss", "-n", "default");
    }

    [Fact]
    public async Task Workers_join_by_Bootstrap_and_leave_one_drained_and_one_whose_machine_is_gone_and_the_other_nodes_pods_stay_as_they_are()
    {
        NeedsACluster();
        var file = Path.Combine(cluster.Folder, "cluster.yaml");
        var before = await File.ReadAllTextAsync(file);
        var podsBefore = await PodIdentitiesAsync();
        await cluster.EditClusterFileAsync("  - { name: worker01, role: worker }\n", "  - { name: worker01, role: worker }\n  - { name: worker02, role: worker }\n  - { name: worker03, role: worker }\n");
        await cluster.MustBuildAsync("Bootstrap");
        Assert.Equal(["master01", "master02", "master03", "worker01", "worker02", "worker03"], (await cluster.GetAsync("nodes")).GetProperty("items").EnumerateArray().Select(Name));
        var podsThen = await PodIdentitiesAsync();
        Assert.All(podsBefore.Split('\n'), pod => Assert.Contains(pod, podsThen, StringComparison.Ordinal));

        (await LocalVagrant("destroy", "--force", "worker03")).ThrowOnFailure("vagrant destroy worker03 failed");
        await File.WriteAllTextAsync(file, before);
        Assert.Contains("worker02, worker03 stay in the cluster", await cluster.MustBuildAsync("Bootstrap"), StringComparison.Ordinal);
        await cluster.MustBuildAsync("Bootstrap", "--yes");

        await All_four_nodes_are_ready();
        Assert.DoesNotContain("worker02", (await ThrowAwayCluster.RunAsync("lxc-ls", "-1")).StandardOutput, StringComparison.Ordinal);
        var podsAfter = await PodIdentitiesAsync();
        Assert.All(podsBefore.Split('\n'), pod => Assert.Contains(pod, podsAfter, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_lie_encrypted_in_etcd_and_under_a_new_key_after_its_rotation_while_the_API_serves()
    {
        NeedsACluster();
        var secrets = new SecretsInEtcd(cluster, ThrowAwayCluster.Etcdctl);
        await cluster.MustKubectlAsync("create", "secret", "generic", "treasure", "-n", "default", $"--from-literal=map={SecretsInEtcd.PlainText}");
        var old = await secrets.KeyOfAllAsync();

        // The next test brings this one back.
        await cluster.MustKubectlAsync("create", "configmap", "deleted", "-n", "default");
        await cluster.MustBuildAsync("Backup");

        await using var probe = new ApiProbe(cluster.Kubeconfig);
        await cluster.MustBuildAsync("RotateEncryptionKey");
        await (await probe.StopAsync()).AssertNeverAwayForAsync(LongestFailure, "while the key was rotated", cluster);
        Assert.NotEqual(old, await secrets.KeyOfAllAsync());
        await secrets.AssertReadableAsync();
        await All_four_nodes_are_ready();
        await The_control_plane_runs_as_pods_of_the_cluster_it_controls();
    }

    [Fact]
    public async Task A_backup_brings_back_what_was_deleted_takes_away_what_came_later_and_is_read_with_the_key_of_its_time()
    {
        NeedsACluster();
        var backup = Assert.Single(Directory.GetFiles(Path.Combine(cluster.Folder, "backups"), "*.db"));
        Assert.Equal("600", (await ThrowAwayCluster.RunAsync("stat", "--format=%a", backup)).StandardOutput.Trim());
        await cluster.MustKubectlAsync("delete", "configmap", "deleted", "-n", "default");
        await cluster.MustKubectlAsync("create", "configmap", "later", "-n", "default");

        await cluster.MustBuildAsync("Restore", "--snapshot", backup, "--yes");

        await cluster.MustKubectlAsync("get", "configmap", "deleted", "-n", "default");
        Assert.Contains("NotFound", (await cluster.KubectlAsync("get", "configmap", "later", "-n", "default")).StandardError, StringComparison.Ordinal);
        await new SecretsInEtcd(cluster, ThrowAwayCluster.Etcdctl).AssertReadableAsync();
        await All_four_nodes_are_ready();
        await The_control_plane_runs_as_pods_of_the_cluster_it_controls();
    }

    [Fact]
    public async Task No_key_and_no_token_is_found_in_a_log_a_process_list_or_a_file_that_others_can_read()
    {
        NeedsACluster();
        var pieces = await KnownSecrets.CollectAsync(cluster);
        Assert.True(pieces.Count > 100, $"only {pieces.Count} pieces of secrets are known");
        var search = new SecretSearch(cluster, pieces);
        var finds = new List<string>([.. search.In("what the builds printed", cluster.Printed), .. search.In("the process list", cluster.ProcessList)]);

        // This one is printed because it was asked for, and kept nowhere.
        var token = TokenIn(await cluster.MustBuildAsync("PrintToken"));
        search = new SecretSearch(cluster, new Dictionary<string, string>(pieces) { [KnownSecrets.PieceOf(token)] = "the login token" });
        finds.AddRange(search.In("the process list", cluster.ProcessList));
        finds.AddRange(await search.OnHostAsync());

        // One that is put where it must not be, so that finding nothing means something.
        var worker = cluster.Description().Workers[0];
        await cluster.OnNodeAsync(worker.Address, "umask 022; cat > /home/planted", $"{pieces.Keys.First()}\n");
        var planted = await search.OnNodeAsync(worker);
        Assert.Contains(planted, find => find.EndsWith("/home/planted, which everybody can read", StringComparison.Ordinal));
        await cluster.OnNodeAsync(worker.Address, "rm /home/planted");
        foreach (var node in cluster.Nodes())
        {
            finds.AddRange(await search.OnNodeAsync(node));
        }

        Assert.Empty(finds);
    }

    [Fact]
    public async Task Destroy_leaves_no_machine_no_process_no_address_and_no_changed_setting()
    {
        NeedsACluster();
        await cluster.MustBuildAsync("Destroy", "--yes");
        Assert.Equal(before.Settings, HostBefore.ReadSettings());
        Assert.Equal(before.Links, HostBefore.ReadLinks());
        Assert.Equal(before.Containers, await HostBefore.ReadContainersAsync());
        Assert.True(File.Exists(Path.Combine(cluster.Folder, ".cluster", "pki", "ca.crt")), "the PKI is kept without --purge");
    }

    /// <summary>What each target says once it is at work: the moment to kill it, and what is killed on a node just before.</summary>
    private static IReadOnlyList<(string Target, string Says, Fault? Fault)> MomentsToKill { get; } =
    [
        ("GeneratePki", "║ GeneratePki", null),
        ("RenderAssets", "║ RenderAssets", null),
        ("VagrantUp", "║ VagrantUp", null),
        ("CopyAssets", "║ CopyAssets", Killed(Victim.Kubelet, "worker01")),
        ("StartBootkube", "║ StartBootkube", Killed(Victim.NodeProgram, "master03")),
        ("WaitForPods", "║ WaitForPods", Killed(Victim.Etcd, "master01")),
        ("PrintToken", "║ PrintToken", null),
    ];

    private static Fault Killed(Victim victim, string node) => new(0, victim, node, 0, TimeSpan.Zero);

    private static void NeedsRealMachines() => Assert.SkipWhen(ThrowAwayCluster.Obstacle != null, ThrowAwayCluster.Obstacle ?? "");

    private void NeedsACluster()
    {
        NeedsRealMachines();
        Assert.True(File.Exists(cluster.Kubeconfig), "there is no cluster: the first test of this class says why");
    }

    private static string Name(JsonElement thing) => thing.GetProperty("metadata").GetProperty("name").GetString()!;

    private static string? Condition(JsonElement thing, string type) =>
        thing.GetProperty("status").GetProperty("conditions").EnumerateArray()
            .Where(condition => condition.GetProperty("type").GetString() == type)
            .Select(condition => condition.GetProperty("status").GetString()).SingleOrDefault();

    private static string TokenIn(string output)
    {
        var lines = output.Split('\n').Select(line => line.Trim()).ToList();
        return lines[lines.FindIndex(line => line.EndsWith("The login token is:", StringComparison.Ordinal)) + 1];
    }

    private static string Json(string output) => output[output.IndexOf("\n{", StringComparison.Ordinal)..(output.LastIndexOf("\n}", StringComparison.Ordinal) + 2)];

    /// <summary>Which pods there are, and how often they were started again; once the kubelets have spoken of all of them.</summary>
    private async Task<string> PodIdentitiesAsync()
    {
        var pods = "";
        await ThrowAwayCluster.EventuallyAsync("every pod has a status", TimeSpan.FromSeconds(30), async () =>
        {
            pods = await cluster.MustKubectlAsync("get", "pods", "--all-namespaces", "-o", "custom-columns=UID:.metadata.uid,RESTARTS:.status.containerStatuses[*].restartCount", "--sort-by=.metadata.uid");
            return (!pods.Contains("<none>", StringComparison.Ordinal), pods);
        });
        return pods;
    }

    private void WriteTokenKubeconfig(string file, string token)
    {
        var lines = File.ReadAllLines(cluster.Kubeconfig);
        var authority = lines.First(line => line.Contains("certificate-authority-data:", StringComparison.Ordinal)).Trim(' ', '-');
        var server = lines.First(line => line.Contains("server:", StringComparison.Ordinal)).Trim(' ', '-');
        KubePivot.Files.AtomicFile.WriteSecret(file, $$"""
            apiVersion: v1
            kind: Config
            clusters: [{ name: c, cluster: { {{authority}}, {{server}} } }]
            users: [{ name: u, user: { token: {{token}} } }]
            contexts: [{ name: x, context: { cluster: c, user: u } }]
            current-context: x
            """);
    }

    /// <summary>A kubeconfig that takes any server for the right one, so that the server's word about the client is heard.</summary>
    private static string WithoutVerifying(string kubeconfig)
    {
        var file = $"{kubeconfig}.insecure";
        KubePivot.Files.AtomicFile.WriteSecret(file, string.Join('\n', File.ReadAllLines(kubeconfig)
            .Select(line => line.Contains("certificate-authority-data:", StringComparison.Ordinal) ? $"{line[..line.IndexOf("certificate-authority-data:", StringComparison.Ordinal)]}insecure-skip-tls-verify: true" : line)));
        return file;
    }

    private Task<KubePivot.Commands.CommandResult> ThrowAwayClusterKubectl(string kubeconfig, params string[] arguments) =>
        cluster.KubectlAsync(["--kubeconfig", kubeconfig, .. arguments]);

    private Task<KubePivot.Commands.CommandResult> LocalVagrant(params string[] arguments) =>
        KubePivot.Commands.LocalCommand.RunAsync("vagrant", arguments, cluster.Folder);

    /// <summary>The API tells of no container of a machine, or of a time of it, that is gone; copies come and go by themselves.</summary>
    private async Task AssertSaidIsWhatRunsAsync(string node)
    {
        var pods = k8s.KubernetesJson.Deserialize<k8s.Models.V1PodList>(await cluster.MustKubectlAsync("get", "pods", "-n", "kube-system", $"--field-selector=spec.nodeName={node}", "-o", "json"));
        var said = pods.Items.Where(pod => !KubePivot.Kubernetes.PodJudge.IsIgnored(pod)).SelectMany(KubePivot.Kubernetes.PodJudge.RunningContainers).ToList();
        var address = cluster.Nodes().Single(found => found.Name == node).Address;
        var running = (await cluster.OnNodeAsync(address, "ctr --namespace k8s.io tasks list --quiet")).ThrowOnFailure("ctr failed").StandardOutput.Split('\n');
        Assert.NotEmpty(said);
        Assert.Empty(said.Except(running));
    }

    private static string Fingerprint(string pem)
    {
        using var certificate = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(pem);
        return certificate.Thumbprint;
    }

    /// <summary>The certificate that the API server on a master shows, asked with openssl.</summary>
    private static async Task<string> ServedFingerprintAsync(string address) =>
        Fingerprint((await KubePivot.Commands.LocalCommand.RunAsync("openssl", ["s_client", "-connect", $"{address}:6443", "-showcerts"])).StandardOutput);
}

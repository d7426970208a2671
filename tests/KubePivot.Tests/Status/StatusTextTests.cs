using System.Text.Json;
using KubePivot.Pki;
using KubePivot.Status;

namespace KubePivot.Tests.Status;

public sealed class StatusTextTests
{
    private static readonly StatusReport Nothing = new(
        new ClusterStatus("tds", "lxc", "v1.20.2 from debian", "https://10.64.7.10:7443", "10.64.7.10", null),
        [new TargetStatus("GeneratePki", false, "not done yet"), new TargetStatus("RenderAssets", false, "not done yet")],
        [new MachineStatus("master01", "tds-3fa1-master01", "bootstrap master", "10.64.7.11", "absent"), new MachineStatus("worker01", "tds-3fa1-worker01", "worker", "10.64.7.101", "absent")],
        new ApiStatus(null, "there is no kubeconfig yet", [], 0, []),
        [],
        []);

    private static readonly StatusReport Running = Nothing with
    {
        Cluster = Nothing.Cluster with { Kubeconfig = "/clone/.cluster/kubeconfig" },
        Targets = [new TargetStatus("GeneratePki", true, "done 2026-11-24 04:14Z"), new TargetStatus("RenderAssets", true, "by its .skip file")],
        Api = new ApiStatus(
            "v1.20.2",
            null,
            [new NodeStatus("master01", null, "v1.20.2"), new NodeStatus("worker01", "not registered", null)],
            13,
            [new PodStatus("kube-system", "kube-proxy-abcde", "0/1", "CrashLoopBackOff", 7)]),
        Certificates =
        [
            new CertificateStatus("apiserver", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), -3, true, "./build.sh RenewCertificates"),
            .. Enumerable.Range(1, 6).Select(number => new CertificateStatus($"kubelet-client-worker{number:00}", new DateTimeOffset(2027, 1, number, 0, 0, 0, TimeSpan.Zero), 360 + number, false)),
        ],
        UnfinishedRotations = [new UnfinishedRotation("encryption key", "API servers forget the old one", "./build.sh RotateEncryptionKey")],
    };

    [Fact]
    public void With_nothing_there_it_says_so() => AssertText(
        """
        Cluster tds: 2 machines by lxc, Kubernetes v1.20.2 from debian
          API at https://10.64.7.10:7443: does not answer (there is no kubeconfig yet)
          kubeconfig: not there yet

        Targets, in the next Bootstrap
          GeneratePki   runs  not done yet
          RenderAssets  runs  not done yet

        Machines
          master01  bootstrap master  10.64.7.11   absent  tds-3fa1-master01
          worker01  worker            10.64.7.101  absent  tds-3fa1-worker01

        No certificates yet.
        """,
        Nothing);

    [Fact]
    public void What_runs_is_listed_and_what_is_in_trouble_named() => AssertText(
        """
        Cluster tds: 2 machines by lxc, Kubernetes v1.20.2 from debian
          API at https://10.64.7.10:7443: answers, v1.20.2
          kubeconfig: /clone/.cluster/kubeconfig

        Targets, in the next Bootstrap
          GeneratePki   skipped  done 2026-11-24 04:14Z
          RenderAssets  skipped  by its .skip file

        Machines
          master01  bootstrap master  10.64.7.11   absent  tds-3fa1-master01
          worker01  worker            10.64.7.101  absent  tds-3fa1-worker01

        Nodes
          master01  Ready           v1.20.2
          worker01  not registered

        12 of 13 pods Running and Ready:
          kube-system/kube-proxy-abcde  0/1  CrashLoopBackOff  7 restarts

        7 certificates, those that end first:
          apiserver                2026-01-01  expired 3 days ago, due: ./build.sh RenewCertificates
          kubelet-client-worker01  2027-01-01  361 days left
          kubelet-client-worker02  2027-01-02  362 days left
          kubelet-client-worker03  2027-01-03  363 days left
          kubelet-client-worker04  2027-01-04  364 days left

        Rotations that are not finished
          encryption key  API servers forget the old one  goes on with ./build.sh RotateEncryptionKey
        """,
        Running);

    [Fact]
    public void Json_holds_all_of_it()
    {
        var root = JsonDocument.Parse(Running.ToJson()).RootElement;

        Assert.Equal("https://10.64.7.10:7443", root.GetProperty("cluster").GetProperty("endpoint").GetString());
        Assert.True(root.GetProperty("targets")[0].GetProperty("isSkipped").GetBoolean());
        Assert.Equal(7, root.GetProperty("certificates").GetArrayLength());
        Assert.Equal("./build.sh RotateEncryptionKey", root.GetProperty("unfinishedRotations")[0].GetProperty("command").GetString());
        Assert.Equal("CrashLoopBackOff", root.GetProperty("api").GetProperty("podsInTrouble")[0].GetProperty("status").GetString());
    }

    private static void AssertText(string expected, StatusReport report) =>
        Assert.Equal(expected.ReplaceLineEndings("\n"), string.Join('\n', StatusText.Lines(report)));
}

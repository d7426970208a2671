using System.Text.Json;
using k8s;
using k8s.Models;
using KubePivot.Kubernetes;
using KubePivot.Tests.Assets;

namespace KubePivot.Tests.Kubernetes;

/// <summary>The table of the same pods is held against kubectl's own among the integration tests.</summary>
public sealed class PodTableTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Every_state_has_the_word_that_kubectl_has_for_it()
    {
        const string Expected = """
            NAME                        READY   STATUS                  RESTARTS   AGE
            a-running                   1/1     Running                 2          3d
            b-two-containers            2/2     Running                 4          3d
            c-not-ready                 1/2     Running                 0          3d
            d-creating                  0/1     ContainerCreating       0          3d
            e-pending                   0/2     Pending                 0          3d
            f-crash-loop                0/1     CrashLoopBackOff        7          3d
            g-error                     0/1     Error                   1          3d
            h-exit-code                 0/1     ExitCode:3              1          3d
            i-signal                    0/1     Signal:9                1          3d
            j-completed                 0/1     Completed               0          3d
            k-one-completed-one-runs    1/2     Running                 0          3d
            l-one-completed-not-ready   1/2     NotReady                0          3d
            m-init-0-of-2               0/1     Init:0/2                0          3d
            n-init-1-of-2               0/1     Init:1/2                0          3d
            o-init-crash-loop           0/1     Init:CrashLoopBackOff   4          3d
            p-init-error                0/1     Init:Error              1          3d
            q-init-exit-code            0/1     Init:ExitCode:5         1          3d
            r-init-signal               0/1     Init:Signal:9           1          3d
            s-init-done                 1/1     Running                 1          3d
            t-image-pull                0/2     ImagePullBackOff        0          3d
            u-evicted                   0/1     Evicted                 0          3d
            v-failed                    0/2     Error                   0          3d
            """;

        var rows = ReadPods().Select(pod => PodRow.Of(pod) with { Created = Now.AddDays(-3) });

        Assert.Equal(Expected.ReplaceLineEndings("\n"), string.Join('\n', PodTable.Lines(rows.Reverse(), Now)));
    }

    [Fact]
    public void A_pod_on_its_way_out_is_terminating_whatever_its_containers_do()
    {
        var pod = Objects.Pod("leaving", change: pod => pod.Metadata.DeletionTimestamp = Now.UtcDateTime);
        Assert.Equal("Terminating", PodRow.Of(pod).Status);

        pod.Status.Reason = "NodeLost";
        Assert.Equal("Unknown", PodRow.Of(pod).Status);
    }

    [Fact]
    public void Pods_of_other_namespaces_follow_with_their_namespace()
    {
        var lines = PodTable.Lines([PodRow.Of(Objects.Pod("web", "tds-cloud")), PodRow.Of(Objects.Pod("kube-proxy"))], Now);

        Assert.StartsWith("kube-proxy ", lines[1]);
        Assert.StartsWith("tds-cloud/web ", lines[2]);
    }

    [Fact]
    public void Before_the_first_pod_the_table_is_one_line() => Assert.Equal(["No pods yet."], PodTable.Lines([], Now));

    [Fact]
    public void A_table_has_changed_when_anything_but_an_age_has()
    {
        var row = PodRow.Of(Objects.Pod("kube-proxy"));
        var before = PodTable.Fingerprint([row]);

        Assert.Equal(before, PodTable.Fingerprint([row with { Created = Now }]));
        Assert.NotEqual(before, PodTable.Fingerprint([row with { Restarts = 1 }]));
        Assert.NotEqual(before, PodTable.Fingerprint([row with { Status = "Error" }]));
        Assert.NotEqual(before, PodTable.Fingerprint([row with { Ready = "0/1" }]));
        Assert.NotEqual(before, PodTable.Fingerprint([row, row with { Name = "other" }]));
    }

    private static List<V1Pod> ReadPods()
    {
        var file = Path.Combine(Scenarios.Checkout.Root, "tests", "KubePivot.Tests", "Kubernetes", "pods.json");
        return [.. JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray().Select(pod => KubernetesJson.Deserialize<V1Pod>(pod))];
    }
}

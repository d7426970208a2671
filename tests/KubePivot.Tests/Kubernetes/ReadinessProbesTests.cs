using k8s.Models;
using KubePivot.Kubernetes;

namespace KubePivot.Tests.Kubernetes;

public sealed class ReadinessProbesTests
{
    /// <summary>As a kubelet of 1.20 answers.</summary>
    private const string Metrics = """
        # HELP prober_probe_total [ALPHA] Cumulative number of a liveness, readiness or startup probe for a container by result.
        # TYPE prober_probe_total counter
        prober_probe_total{container="web",namespace="default",pod="both",pod_uid="u1",probe_type="Readiness",result="successful"} 3
        prober_probe_total{container="side",namespace="default",pod="both",pod_uid="u1",probe_type="Readiness",result="successful"} 1
        prober_probe_total{container="web",namespace="default",pod="half",pod_uid="u2",probe_type="Readiness",result="successful"} 1
        prober_probe_total{container="side",namespace="default",pod="half",pod_uid="u2",probe_type="Readiness",result="failed"} 4
        prober_probe_total{container="web",namespace="default",pod="alive",pod_uid="u3",probe_type="Liveness",result="successful"} 9
        prober_probe_total{container="web",namespace="default",pod="never",pod_uid="u4",probe_type="Readiness",result="successful"} 0
        process_start_time_seconds 1.79606623e+09
        """;

    private static V1Pod Pod(string uid, params (string Name, bool HasProbe)[] containers) => new()
    {
        Metadata = new() { Uid = uid },
        Spec = new() { Containers = [.. containers.Select(container => new V1Container { Name = container.Name, ReadinessProbe = container.HasProbe ? new() : null })] },
    };

    [Fact]
    public void A_pod_was_found_ready_when_each_container_with_a_readiness_probe_has_passed_one()
    {
        var probes = ReadinessProbes.Parse(Metrics);

        Assert.True(probes.Found(Pod("u1", ("web", true), ("side", true))));
        Assert.False(probes.Found(Pod("u2", ("web", true), ("side", true))));
        Assert.True(probes.Found(Pod("u2", ("web", true), ("side", false))));
    }

    [Fact]
    public void Other_probes_and_none_that_has_passed_do_not_count()
    {
        var probes = ReadinessProbes.Parse(Metrics);

        Assert.False(probes.Found(Pod("u3", ("web", true))));
        Assert.False(probes.Found(Pod("u4", ("web", true))));
        Assert.False(probes.Found(Pod("u5", ("web", true))));
    }

    [Fact]
    public void A_static_pod_is_known_by_the_UID_that_its_kubelet_gave_it()
    {
        var mirror = Pod("of-the-mirror-pod", ("web", true), ("side", true));
        mirror.Metadata.Annotations = new Dictionary<string, string> { ["kubernetes.io/config.mirror"] = "u1" };

        Assert.True(ReadinessProbes.Parse(Metrics).Found(mirror));
    }

    [Fact]
    public void A_pod_without_readiness_probes_has_none_to_wait_for()
    {
        Assert.False(ReadinessProbes.Has(Pod("u1", ("web", false))));
        Assert.True(ReadinessProbes.Has(Pod("u1", ("web", false), ("side", true))));
        Assert.True(ReadinessProbes.Parse("").Found(Pod("u1", ("web", false))));
    }
}

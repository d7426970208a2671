using KubePivot.Assets;
using KubePivot.Images;

namespace KubePivot.Preflight;

/// <summary>What host and nodes are asked alike. Pure.</summary>
internal static class SystemChecks
{
    /// <summary>kubeadm's minimum for a master. Source: kubeadm's constants, ControlPlaneNumCPU.</summary>
    public const int MinimumCpus = 2;

    /// <summary>kubeadm's minimum for a master, in MiB. Source: kubeadm's constants, ControlPlaneMem.</summary>
    public const int MinimumMasterMib = 1700;

    /// <summary>From this release on, a kubelet starts on version 1 only because it is told to.</summary>
    private static readonly Version CgroupV1Ends = new(1, 35);

    public static IEnumerable<Finding> Cgroups(string? where, int? version, KubernetesRelease release)
    {
        if (version == 1 && DatedValue.Minor(release.Version) >= CgroupV1Ends)
        {
            yield return new Finding(
                CheckNames.CgroupVersion,
                where,
                "has version 1 of control groups",
                $"version 2 with Kubernetes {release.Version}: from 1.35 on, kubelets refuse version 1 unless told otherwise, as this cluster's are",
                "Boot it with systemd.unified_cgroup_hierarchy=1 on the kernel's command line, before a later release takes version 1 away") { IsWarning = true };
        }
    }

    public static IEnumerable<Finding> Swap(string? where, IReadOnlyList<string> swaps)
    {
        if (swaps.Count > 0)
        {
            yield return new Finding(
                CheckNames.Swap,
                where,
                $"swaps to {string.Join(", ", swaps)}",
                "no swap, which makes pods slow instead of keeping them to their memory",
                "Turn it off: swapoff -a, and remove it from /etc/fstab") { IsWarning = true };
        }
    }
}

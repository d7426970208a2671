using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.HostPackages;
using KubePivot.Images;
using KubePivot.Stages;

namespace KubePivot.Testing;

/// <summary>What the tests need besides .NET: servers, judges, Kubernetes. Tests that lack something say so and are skipped.</summary>
public sealed class TestPrerequisites(StageContext context)
{
    /// <summary>Programs, or other files by their full paths, and the packages that they come from.</summary>
    private static readonly (string File, string Package)[] Needed =
    [
        ("/usr/include/openssl/ssl.h", "libssl-dev"), ("/usr/include/stdio.h", "libc6-dev"),
        ("containerd", "containerd"), ("docker-registry", "docker-registry"), ("etcd", "etcd-server"), ("etcdctl", "etcd-client"), ("gcc", "gcc"), ("git", "git"), ("haproxy", "haproxy"), ("ip", "iproute2"), ("iptables", "iptables"),
        ("lxc-create", "lxc"), ("openssl", "openssl"), ("skopeo", "skopeo"), ("ssh", "openssh-client"), ("sshd", "openssh-server"), ("vagrant", "vagrant"),
    ];

    /// <summary>Installs programs with apt and fetches Kubernetes, where this machine allows it; elsewhere does nothing.</summary>
    public async Task EnsureAsync()
    {
        if (!AptPackages.CanInstall)
        {
            context.Reporter.Info("This machine is no Debian, or this is not root: tests that need servers which are not installed will be skipped");
            return;
        }

        var missing = Needed.Where(tool => !File.Exists(Path.Combine("/usr/sbin", tool.File)) && LocalCommand.Find(tool.File) == null).Select(tool => tool.Package).ToList();
        if (missing.Contains("vagrant"))
        {
            missing.Add("vagrant-lxc");
        }

        await new AptPackages(context).EnsureAsync(missing, "for the tests", startServices: false).ConfigureAwait(false);
        // Where sshd runs nobody made this folder for us; tests start their own.
        Directory.CreateDirectory("/run/sshd");
        // Whatever cluster.yaml says: the tests' API servers are Debian's, which can be had everywhere.
        var release = new KubernetesRelease(context.Catalogue.DefaultVersion(KubernetesSource.Debian), KubernetesSource.Debian);
        await new FetchKubernetesStage(context, new SourceChoice(release, "for the tests")).RunAsync().ConfigureAwait(false);
    }
}

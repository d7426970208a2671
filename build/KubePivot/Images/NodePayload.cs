using System.Security.Cryptography;
using System.Text;

namespace KubePivot.Images;

/// <summary>What a node needs of Kubernetes besides its configuration: kubelet, kubectl, container images. Born with it (lxc), or given it once.</summary>
public sealed class NodePayload(KubernetesArtifacts artifacts)
{
    /// <summary>The file on a node that says which payload it holds.</summary>
    public const string StampFile = "/var/lib/kubepivot/payload";

    /// <summary>Programs, with their path on the node; mode 0755.</summary>
    public IReadOnlyList<(string File, string NodePath)> Programs =>
        [(artifacts.Program("kubelet"), "/usr/local/bin/kubelet"), (artifacts.Program("kubectl"), "/usr/local/bin/kubectl")];

    /// <summary>Image archives, for <c>ctr --namespace k8s.io images import</c>.</summary>
    public IReadOnlyList<string> Images => artifacts.ImageArchives;

    /// <summary>Checksums of all these files, and of more, as sha256sum writes them; relative to the folder they lie in.</summary>
    public string ChecksumsText => artifacts.State;

    /// <summary>SHA-256 of what the payload is made of, lower-case hexadecimal.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(artifacts.State)));
}

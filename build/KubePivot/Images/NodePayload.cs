using System.Security.Cryptography;
using System.Text;

namespace KubePivot.Images;

/// <summary>What a node needs of Kubernetes besides its configuration: kubelet, kubectl, container images. Born with it (lxc), or given it once.</summary>
public sealed class NodePayload(KubernetesArtifacts artifacts)
{
    /// <summary>The file on a node that says which payload it holds.</summary>
    public const string StampFile = "/var/lib/kubepivot/payload";

    /// <summary>Programs, by their paths in the artifacts' folder: <c>bin/kubelet</c> is for /usr/local/bin, <c>node/usr/lib/cni/bridge</c> for /usr/lib/cni.</summary>
    public IReadOnlyList<string> Programs =>
        ["bin/kubelet", "bin/kubectl", .. (Directory.Exists(artifacts.NodeTree) ? Directory.GetFiles(artifacts.NodeTree, "*", SearchOption.AllDirectories) : []).Select(Relative).Order(StringComparer.Ordinal)];

    /// <summary>Whether it brings an etcd, in place of Debian's.</summary>
    public bool HasEtcd => Programs.Any(program => Path.GetFileName(program) == "etcd");

    /// <summary>Image archives, by their paths in the artifacts' folder, for <c>ctr --namespace k8s.io images import</c>.</summary>
    public IReadOnlyList<string> Images => [.. artifacts.ImageArchives.Select(Relative)];

    /// <summary>Checksums of all these files, and of more, as sha256sum writes them; relative to the folder they lie in.</summary>
    public string ChecksumsText => artifacts.State;

    /// <summary>SHA-256 of what the payload is made of, lower-case hexadecimal.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(artifacts.State)));

    /// <summary>Where a file of the payload lies on this host.</summary>
    public string PathOf(string file) => Path.Combine(artifacts.Folder, file);

    private string Relative(string file) => Path.GetRelativePath(artifacts.Folder, file);
}

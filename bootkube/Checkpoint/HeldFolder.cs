using System.Security.Cryptography;
using System.Text;

namespace Bootkube.Checkpoint;

/// <summary>
/// What a copy holds of a Secret or ConfigMap, for one volume. The folder's name ends with a hash of the content: it is never
/// changed, so that a manifest and what it names belong together whenever the power goes.
/// </summary>
/// <param name="Path">On the node, as in <c>/etc/kubernetes/checkpoint-secrets/kube-system/kube-apiserver-x7k2p/kube-apiserver/1f0c…</c>.</param>
/// <param name="Files">Content by path in the folder.</param>
/// <param name="Owner">User id that the pod's containers run as, and that alone may read the files.</param>
internal sealed record HeldFolder(string Path, IReadOnlyDictionary<string, byte[]> Files, int Owner)
{
    public static HeldFolder Of(ObjectReference reference, string @namespace, string pod, IReadOnlyDictionary<string, byte[]> files, int owner)
    {
        var parts = new StringBuilder($"{owner}\n");
        foreach (var (name, content) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            parts.Append($"{name} {Convert.ToHexStringLower(SHA256.HashData(content))}\n");
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts.ToString())))[..16];
        return new($"{(reference.Kind == ObjectReference.Secret ? CopyStore.Secrets : CopyStore.ConfigMaps)}/{@namespace}/{pod}/{reference.Name}/{hash}", files, owner);
    }
}

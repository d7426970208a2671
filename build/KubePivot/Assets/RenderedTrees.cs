using System.Security.Cryptography;
using System.Text;
using KubePivot.Configuration;
using KubePivot.Files;

namespace KubePivot.Assets;

/// <summary>Puts a rendered cluster on disk: <c>.cluster/assets</c>, <c>.cluster/nodes</c>, <c>.cluster/kubeconfig</c>.</summary>
/// <param name="bootkubeBinary">The node program's file on the build host, or null when an image holds it.</param>
public sealed class RenderedTrees(ClusterPaths paths, Cluster cluster, string? bootkubeBinary)
{
    private const string AssetsOnNode = "opt/bootkube/assets/";
    private const string BinaryOnNode = "/opt/bootkube/bin/bootkube";

    private int changed;

    /// <summary>Writes the trees beside those on disk and swaps them in; unchanged files stay the files they are.</summary>
    /// <returns>How many files are new or differ from before.</returns>
    public int Write(RenderedCluster rendered)
    {
        AtomicFile.CreateSecretFolder(paths.State);
        var assets = new TreeSwap(paths.Assets);
        foreach (var file in rendered.Assets)
        {
            WriteFile(assets, file.Path, file);
        }

        var nodes = new TreeSwap(paths.Nodes);
        var binaryHash = bootkubeBinary == null ? null : HashOf(bootkubeBinary);
        Faults.Unwrapped(() => Parallel.ForEach(cluster.Nodes, node => WriteNode(nodes, node, rendered, binaryHash)));

        nodes.Commit();
        assets.Commit();
        WriteKubeconfig(rendered.Kubeconfig);
        return changed;
    }

    private void WriteNode(TreeSwap nodes, Node node, RenderedCluster rendered, string? binaryHash)
    {
        var files = new List<NodeFile>();
        IEnumerable<RenderedFile> tree = rendered.Nodes[node.Name];
        if (node.IsBootstrap)
        {
            tree = tree.Concat(rendered.Assets.Select(asset => asset with { Path = AssetsOnNode + asset.Path }));
        }

        foreach (var file in tree)
        {
            WriteFile(nodes, $"{node.Name}/{file.Path}", file);
            files.Add(ToNodeFile($"/{file.Path}", file.Mode, file.Sha256));
        }

        if (node.IsBootstrap && binaryHash != null)
        {
            nodes.Take(bootkubeBinary!, $"{node.Name}{BinaryOnNode}");
            files.Add(ToNodeFile(BinaryOnNode, "0755", binaryHash));
        }

        files.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
        var manifest = Encoding.UTF8.GetBytes(new NodeTreeManifest(node.Name, files, NodeFileRules.UnitsOf(files)).ToJson());
        var name = Path.GetFileName(NodeTreeManifest.PathOf(paths, node.Name));
        if (!nodes.KeepIfSame(name, manifest))
        {
            AtomicFile.Write(Path.Combine(nodes.Fresh, name), manifest);
        }
    }

    private static NodeFile ToNodeFile(string path, string mode, string sha256) =>
        new(path, mode, NodeFileRules.Owner(path), sha256, NodeFileRules.Restarts(path));

    private void WriteFile(TreeSwap tree, string path, RenderedFile file)
    {
        var content = Encoding.UTF8.GetBytes(file.Content);
        if (tree.KeepIfSame(path, content))
        {
            return;
        }

        Interlocked.Increment(ref changed);
        var target = Path.Combine(tree.Fresh, path);
        if (file.IsSecret)
        {
            AtomicFile.WriteSecret(target, content);
            return;
        }

        AtomicFile.Write(target, content);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(target, (UnixFileMode)Convert.ToInt32(file.Mode, 8));
        }
    }

    private void WriteKubeconfig(RenderedFile kubeconfig)
    {
        if (!File.Exists(paths.Kubeconfig) || File.ReadAllText(paths.Kubeconfig) != kubeconfig.Content)
        {
            AtomicFile.WriteSecret(paths.Kubeconfig, kubeconfig.Content);
            Interlocked.Increment(ref changed);
        }
    }

    /// <summary>Hash of the node program; the one that is written down for the same file is believed, for the program is large.</summary>
    private string HashOf(string binary)
    {
        var source = new FileInfo(binary);
        if (!source.Exists)
        {
            throw new StageException($"The node program is not built: there is no {binary}.");
        }

        var old = new FileInfo(Path.Combine(paths.Nodes, cluster.Bootstrap.Name + BinaryOnNode));
        var manifest = NodeTreeManifest.PathOf(paths, cluster.Bootstrap.Name);
        if (old.Exists && old.Length == source.Length && old.LastWriteTimeUtc == source.LastWriteTimeUtc && File.Exists(manifest)
            && NodeTreeManifest.Load(manifest).Files.FirstOrDefault(file => file.Path == BinaryOnNode) is { } known)
        {
            return known.Sha256;
        }

        using var stream = source.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}

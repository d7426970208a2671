using System.Text;
using KubePivot.Bootkube;
using KubePivot.Configuration;
using KubePivot.Files;

namespace KubePivot.Assets;

/// <summary>Puts a rendered cluster on disk: <c>.cluster/assets</c>, <c>.cluster/nodes</c>, <c>.cluster/kubeconfig</c>.</summary>
/// <param name="bootkubeBinary">The node program's file on the build host, or null when an image holds it.</param>
/// <param name="checkpointerImage">The archive of pod-checkpointer's image on the build host, or null when it is not needed.</param>
public sealed class RenderedTrees(ClusterPaths paths, Cluster cluster, string? bootkubeBinary, string? checkpointerImage = null)
{
    private const string AssetsOnNode = "opt/bootkube/assets/";
    private const string BinaryOnNode = "opt/bootkube/bin/bootkube";
    private const string CheckpointerOnNode = "opt/bootkube/images/pod-checkpointer.tar";

    /// <summary>Replaces the trees on disk by the rendered ones; unchanged files stay the files they are.</summary>
    /// <returns>How many files are new, differ from before, or are gone.</returns>
    /// <exception cref="StageException">The node program is not there.</exception>
    public int Write(RenderedCluster rendered)
    {
        var nodes = NodeTrees(rendered);
        AtomicFile.CreateSecretFolder(paths.State);
        var changed = TreeSwap.Replace(paths.Nodes, nodes);
        changed += TreeSwap.Replace(paths.Assets, [.. rendered.Assets.Select(file => ToTreeFile(file.Path, file, file.Mode))]);
        if (!File.Exists(paths.Kubeconfig) || File.ReadAllText(paths.Kubeconfig) != rendered.Kubeconfig.Content)
        {
            AtomicFile.WriteSecret(paths.Kubeconfig, rendered.Kubeconfig.Content);
            changed++;
        }

        return changed;
    }

    /// <summary>What <c>.cluster/nodes</c> holds: a folder and a manifest for each node.</summary>
    private List<TreeFile> NodeTrees(RenderedCluster rendered)
    {
        var all = new List<TreeFile>();
        foreach (var node in cluster.Nodes)
        {
            var files = FilesOf(node, rendered).OrderBy(file => file.Path, StringComparer.Ordinal).Select(file => (File: file, Mode: NodeFileRules.Mode($"/{file.Path}", file.Mode))).ToList();
            all.AddRange(files.Select(file => ToTreeFile($"{node.Name}/{file.File.Path}", file.File, file.Mode)));
            var listed = files.Select(file => ToNodeFile(file.File.Path, file.Mode, file.File.Sha256)).ToList();
            foreach (var (path, mode, source) in LargeFilesOf(node))
            {
                ThrowIfMissing(source);
                all.Add(new TreeFile($"{node.Name}/{path}", null, Bits(mode), source));
                listed.Add(ToNodeFile(path, mode, BootkubeBuild.HashOf(source)));
            }

            listed.Sort((one, other) => string.CompareOrdinal(one.Path, other.Path));
            var manifest = new NodeTreeManifest(node.Name, listed, NodeFileRules.UnitsOf(listed)).ToJson();
            all.Add(new TreeFile(Path.GetFileName(NodeTreeManifest.PathOf(paths, node.Name)), Encoding.UTF8.GetBytes(manifest), Bits("0644")));
        }

        return all;
    }

    /// <summary>What is not rendered but made elsewhere, and taken as it is.</summary>
    private IEnumerable<(string Path, string Mode, string Source)> LargeFilesOf(Node node)
    {
        if (node.IsBootstrap && bootkubeBinary != null)
        {
            yield return (BinaryOnNode, "0755", bootkubeBinary);
        }

        if (node.IsMaster && checkpointerImage != null)
        {
            yield return (CheckpointerOnNode, "0644", checkpointerImage);
        }
    }

    private static IEnumerable<RenderedFile> FilesOf(Node node, RenderedCluster rendered) => node.IsBootstrap
        ? rendered.Nodes[node.Name].Concat(rendered.Assets.Select(asset => asset with { Path = AssetsOnNode + asset.Path }))
        : rendered.Nodes[node.Name];

    private static TreeFile ToTreeFile(string path, RenderedFile file, string mode) => new(path, Encoding.UTF8.GetBytes(file.Content), Bits(mode));

    private static NodeFile ToNodeFile(string path, string mode, string sha256) =>
        new($"/{path}", mode, NodeFileRules.Owner($"/{path}"), sha256, NodeFileRules.Restarts($"/{path}"));

    private static UnixFileMode Bits(string mode) => (UnixFileMode)Convert.ToInt32(mode, 8);

    private static void ThrowIfMissing(string file)
    {
        if (!File.Exists(file))
        {
            throw new StageException($"The node program, or an image of it, is not built: there is no {file}.");
        }
    }
}

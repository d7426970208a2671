using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Resuming;

/// <summary>
/// What each target's marker depends on. A fingerprint covers the target's own inputs, what it left behind where that is cheap to
/// look at, and the fingerprint in the marker of the target before it: a stage that ran anew makes the later ones run anew.
/// </summary>
public sealed class TargetInputs(Cluster cluster, ClusterPaths paths, MarkerStore markers, HostState host)
{
    private static readonly string[] Order = ["GeneratePki", "RenderAssets", "FetchKubernetes", "VagrantUp", "CopyAssets", "StartBootkube", "WaitForPods"];

    /// <summary>The targets that have markers, in their order.</summary>
    public static IReadOnlyList<string> MarkedTargets => Order;

    /// <summary>The fingerprint of a target's inputs as they are now, lower-case hexadecimal.</summary>
    public string Fingerprint(string target)
    {
        using var hash = new InputHash();
        hash.Add("provider", cluster.Provider.ToString());
        foreach (var upstream in Order.TakeWhile(other => other != target))
        {
            hash.Add(upstream, markers.Load(upstream)?.Fingerprint);
        }

        AddOwnInputs(target, hash);
        return hash.ToString();
    }

    private void AddOwnInputs(string target, InputHash hash)
    {
        var spec = cluster.Spec;
        switch (target)
        {
            case "GeneratePki":
                hash.Add("domain", spec.Domain).Add("pki", Text(spec.Pki)).Add("network", Text(spec.Network)).Add("virtual address", cluster.VirtualAddress);
                hash.Add("nodes", Text(spec.Nodes)).Add("addresses", string.Join(' ', cluster.Nodes.Select(node => node.Address)));
                hash.Add("PKI", host.PkiState());

                // A newer version of the build may ask for one more.
                hash.Add("files", string.Join(' ', ClusterPki.FilesOf(cluster)));
                break;
            case "RenderAssets":
                hash.AddTree(paths.Templates).Add("cluster", Text(spec)).Add("release", host.Release()).AddFileStamp(host.BootkubeBinary());
                foreach (var file in RegistryFiles.PathsOf(spec.Registries, paths))
                {
                    hash.AddFile(file, file);
                }

                hash.Add("rendered", Directory.Exists(paths.Assets) ? RenderedTrees() : null);
                break;
            case "FetchKubernetes":
                hash.Add("release", host.Release()).Add("artifacts", host.ArtifactState());
                break;
            case "VagrantUp":
                hash.Add("machines", Text(spec.Machines)).Add("nodes", Text(spec.Nodes)).AddFile(paths.Vagrantfile).Add("state", host.MachineState());
                break;
            case "CopyAssets":
                hash.Add("rendered", RenderedTrees()).AddFile(paths.KnownHosts);
                break;
            case "StartBootkube" or "WaitForPods":
                hash.AddFile(paths.KnownHosts).AddTree(paths.Assets);
                break;
            default:
                throw new ArgumentException($"{target} has no marker.", nameof(target));
        }
    }

    /// <summary>The manifests of the nodes' trees: they hold a hash of every file.</summary>
    private string RenderedTrees()
    {
        using var hash = new InputHash();
        foreach (var node in cluster.Nodes)
        {
            hash.AddFile(NodeTreeManifest.PathOf(paths, node.Name));
        }

        return hash.ToString();
    }

    /// <summary>A record's values as text, lists with their elements: what a fingerprint can be taken of.</summary>
    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        _ when value.GetType().IsPrimitive || value.GetType().IsEnum || value is TimeSpan => value.ToString()!,
        _ => $"{{{string.Join(", ", value.GetType().GetProperties().Where(property => property.Name != "EqualityContract").Select(property => $"{property.Name}={Text(property.GetValue(value))}"))}}}",
    };
}

/// <summary>What a fingerprint needs to know of the build host, each asked for only when it is needed.</summary>
public sealed record HostState
{
    /// <summary>Fingerprint of the PKI on disk, and whether one of its certificates is due; empty if there is none.</summary>
    public required Func<string> PkiState { get; init; }

    /// <summary>The Kubernetes release in use, as in <c>v1.20.2 from debian</c>.</summary>
    public required Func<string> Release { get; init; }

    /// <summary>Whether kubelet, images and box of that release are in the cache.</summary>
    public required Func<string> ArtifactState { get; init; }

    /// <summary>Which of the machines exist and run.</summary>
    public required Func<string> MachineState { get; init; }

    /// <summary>The node program's file on the build host.</summary>
    public required Func<string> BootkubeBinary { get; init; }
}

using System.Net;
using System.Net.NetworkInformation;
using Bootkube.Api;
using Bootkube.Assets;
using KubePivot;
using YamlDotNet.RepresentationModel;

namespace Bootkube.Pivot;

/// <summary>Ports of this node's two API servers, as their manifests say. The load balancer that the kubeconfig names has a third.</summary>
/// <param name="Temporary">1 to 65535.</param>
/// <param name="SelfHosted">1 to 65535; another one, so that both run side by side and every client knows whom it asks.</param>
internal sealed record Endpoints(int Temporary, int SelfHosted)
{
    /// <summary>What kube-apiserver listens on if it is told nothing.</summary>
    private const int DefaultPort = 6443;

    private const string Flag = "--secure-port=";

    /// <summary>Addresses of this machine.</summary>
    public static IReadOnlySet<string> LocalAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(adapter => adapter.GetIPProperties().UnicastAddresses)
            .Select(address => address.Address.ToString())
            .ToHashSet();

    /// <summary>Reads and checks the ways to the API.</summary>
    /// <param name="server">The kubeconfig's.</param>
    /// <param name="here">Addresses of this node.</param>
    /// <exception cref="InvalidInputException">With all that keeps clients from one server while the other is away.</exception>
    public static Endpoints Of(AssetTree assets, Uri server, IReadOnlySet<string> here)
    {
        var problems = new List<Problem>();
        if (!assets.BootstrapManifests.Any(TemporaryControlPlane.IsApiServer))
        {
            problems.Add(new("bootstrap-manifests", null, "holds no Pod with apiserver in its name: nothing would serve the API until the self-hosted one does"));
        }

        var ports = new Endpoints(PortOf(assets.BootstrapManifests), PortOf(assets.Manifests));
        if (ports.Temporary == ports.SelfHosted)
        {
            problems.Add(new("bootstrap-manifests: --secure-port", $"{ports.Temporary}", "is the self-hosted API server's port, too: give the temporary one a port of its own"));
        }

        if (!IPAddress.TryParse(server.Host, out var address) || !here.Contains(address.ToString()))
        {
            problems.Add(new("auth/kubeconfig: server", server.OriginalString, "must be the load balancer of this node, as in https://127.0.0.1:7443"));
        }
        else if (server.Port == ports.Temporary || server.Port == ports.SelfHosted)
        {
            problems.Add(new("auth/kubeconfig: server", server.OriginalString, "is one API server's own port: name the load balancer of this node, which leads to whichever answers"));
        }

        return problems.Count == 0 ? ports : throw new InvalidInputException($"The asset tree {assets.Folder} is not right:", problems);
    }

    /// <summary>The port that the API server among these objects is told to listen on.</summary>
    private static int PortOf(IEnumerable<Manifest> objects) =>
        objects.Where(item => item.Kind is "Pod" or "DaemonSet" or "Deployment" && TemporaryControlPlane.IsApiServer(item))
            .SelectMany(Arguments)
            .Where(argument => argument.StartsWith(Flag, StringComparison.Ordinal) && int.TryParse(argument[Flag.Length..], out _))
            .Select(argument => int.Parse(argument[Flag.Length..], System.Globalization.CultureInfo.InvariantCulture))
            .DefaultIfEmpty(DefaultPort)
            .First();

    /// <summary>Every value of the manifest: comments, which may speak of a port, are none.</summary>
    private static IEnumerable<string> Arguments(Manifest manifest)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(manifest.Text));
        return stream.Documents[0].AllNodes.OfType<YamlScalarNode>().Select(node => node.Value ?? "");
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Integration.Tests.Bootkube;
using KubePivot.Integration.Tests.Servers;
using KubePivot.Pki;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Integration.Tests.Assets;

/// <summary>
/// A real API server takes every manifest of every add-on, applied server-side, so that an unknown field is refused, and without a
/// word of warning. It is of v1.20, the oldest release that is supported.
/// </summary>
public sealed class ManifestsOnRealServerTests(RunningApi api) : IClassFixture<RunningApi>
{
    private static readonly Dictionary<string, string> Plurals = new(StringComparer.Ordinal)
    {
        ["Ingress"] = "ingresses",
        ["IngressClass"] = "ingressclasses",
    };

    private static readonly HashSet<string> WithoutNamespace = new(StringComparer.Ordinal) { "APIService", "ClusterRole", "ClusterRoleBinding", "IngressClass", "Namespace" };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(KubernetesSource.Debian, DashboardKind.Headlamp)]
    [InlineData(KubernetesSource.Upstream, DashboardKind.Headlamp)]
    [InlineData(KubernetesSource.Upstream, DashboardKind.KubernetesDashboard)]
    public async Task Every_manifest_is_accepted_without_a_warning(KubernetesSource source, DashboardKind dashboard)
    {
        var server = api.Server;
        using var http = TestHttp.Client(server.Pki, "admin");
        foreach (var (file, yaml) in Render(source, dashboard))
        {
            foreach (var document in Documents(yaml))
            {
                using var answer = await ApplyAsync(http, server, document);
                var words = $"{file}: {await answer.Content.ReadAsStringAsync(Stop)}";
                Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict, words);
                Assert.False(answer.Headers.Contains("Warning"), $"{file}: {string.Join(' ', answer.Headers.TryGetValues("Warning", out var warnings) ? warnings : [])}");
            }
        }
    }

    /// <summary>The manifests of v1.20.2; the PKI's texts are no keys, which no API server looks at.</summary>
    private static IEnumerable<(string File, string Yaml)> Render(KubernetesSource source, DashboardKind dashboard)
    {
        var cluster = new Cluster(ClusterDefaults.Spec with { Dashboard = dashboard }, "/clusters/cluster.yaml", MachineProvider.Lxc);
        var texts = new PkiTexts(name => $"certificate of {name}", name => $"certificate of {name}", name => $"not a key: {name}", name => $"public half of {name}", EncryptionKeys.ForNewCluster());
        var checkout = new ClusterPaths(NodeProgram.Checkout);
        return RenderedCluster.Render(checkout, ReleaseCatalogue.Load(checkout), cluster, new KubernetesRelease("v1.20.2", source), texts).Assets
            .Where(asset => asset.Path.StartsWith("manifests/", StringComparison.Ordinal)).Select(asset => (asset.Source, asset.Content));
    }

    private static async Task<HttpResponseMessage> ApplyAsync(HttpClient http, KubeApiServer server, YamlMappingNode document)
    {
        var (api, kind) = (document["apiVersion"].ToString(), document["kind"].ToString());
        var metadata = (YamlMappingNode)document["metadata"];
        var root = api.Contains('/', StringComparison.Ordinal) ? $"apis/{api}" : $"api/{api}";
        var scope = WithoutNamespace.Contains(kind) ? "" : $"/namespaces/{metadata["namespace"]}";
        var plural = Plurals.GetValueOrDefault(kind, $"{kind.ToLowerInvariant()}s");
        // The aggregation layer of v1.20 cannot apply server-side: it panics ("FieldManager must be installed to run apply").
        var creates = kind == "APIService";
        using var content = new StringContent(Text(document), Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue(creates ? "application/yaml" : "application/apply-patch+yaml");
        using var request = new HttpRequestMessage(
            creates ? HttpMethod.Post : HttpMethod.Patch,
            $"{server.Address}/{root}{scope}/{plural}{(creates ? "" : $"/{metadata["name"]}?fieldManager=test&force=true")}") { Content = content };
        return await http.SendAsync(request, Stop);
    }

    private static IEnumerable<YamlMappingNode> Documents(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    private static string Text(YamlNode document)
    {
        using var writer = new StringWriter();
        new YamlStream(new YamlDocument(document)).Save(writer, assignAnchors: false);
        return writer.ToString().Replace("...\n", "", StringComparison.Ordinal).Replace("...\r\n", "", StringComparison.Ordinal);
    }
}

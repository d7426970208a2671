using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;
using KubePivot.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Kubernetes;

/// <summary>
/// Reads a kubeconfig file as the build writes them: the server, its authority, and a client certificate, all in the file itself.
/// KubernetesClient's own reader takes every form there is, and the better part of a second to get ready, on each run of the build.
/// </summary>
internal static class KubeconfigFile
{
    /// <exception cref="StageException">The file is no such kubeconfig. The message does not quote it: it holds a key.</exception>
    public static KubernetesClientConfiguration Read(string file)
    {
        try
        {
            return Read((YamlMappingNode)BoundedYaml.Load(File.ReadAllText(file)).Documents[0].RootNode);
        }
        catch (Exception exception) when (exception is YamlException or InvalidCastException or KeyNotFoundException or InvalidOperationException or ArgumentException or FormatException or CryptographicException or NotSupportedException)
        {
            throw new StageException($"{file} is no kubeconfig that can be used. Delete it and run ./build.sh RenderAssets --force.");
        }
    }

    private static KubernetesClientConfiguration Read(YamlMappingNode root)
    {
        var context = Named(root, "contexts", Text(root["current-context"]), "context");
        var cluster = Named(root, "clusters", Text(context["cluster"]), "cluster");
        var user = Named(root, "users", Text(context["user"]), "user");
        var configuration = new KubernetesClientConfiguration
        {
            Host = Text(cluster["server"]),
            ClientCertificateData = Optional(user, "client-certificate-data"),
            ClientCertificateKeyData = Optional(user, "client-key-data"),
        };
        if (Optional(cluster, "certificate-authority-data") is { } authority)
        {
            configuration.SslCaCerts = [];
            configuration.SslCaCerts.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(authority)));
            if (configuration.SslCaCerts.Count == 0)
            {
                throw new FormatException("There is no certificate in the authority's data.");
            }
        }

        return configuration;
    }

    /// <summary>The entry of a list that has the given name.</summary>
    private static YamlMappingNode Named(YamlMappingNode root, string list, string name, string kind) =>
        (YamlMappingNode)((YamlSequenceNode)root[list]).Cast<YamlMappingNode>().First(entry => Text(entry["name"]) == name)[kind];

    private static string? Optional(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? Text(value) : null;

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value ?? "";
}

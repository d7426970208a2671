using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bootkube.Assets;
using KubePivot;
using KubePivot.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bootkube.Api;

/// <summary>The current context of a kubeconfig file: where the API server is, whom to trust, and who we are.</summary>
/// <remarks>https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/</remarks>
internal sealed record Kubeconfig(Uri Server, X509Certificate2Collection Authorities, X509Certificate2? ClientCertificate, string? Token) : IDisposable
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidInputException">It is not usable; the message quotes no credential.</exception>
    public static Kubeconfig Load(string file)
    {
        try
        {
            var root = BoundedYaml.Load(File.ReadAllText(file)).Documents[0].RootNode;
            var context = Named(root, "contexts", root.Text("current-context"), "context");
            var cluster = Named(root, "clusters", context.Text("cluster"), "cluster");
            var user = Named(root, "users", context.Text("user"), "user");
            var server = Uri.TryCreate(cluster.Text("server"), UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
                ? uri
                : throw new FormatException("its cluster's server is no https address");
            var folder = Path.GetDirectoryName(file)!;
            var authority = Pem(cluster, "certificate-authority", folder) ?? throw new FormatException("its cluster names no certificate-authority");
            var (certificate, key) = (Pem(user, "client-certificate", folder), Pem(user, "client-key", folder));
            if ((certificate == null || key == null) && user.Text("token") == null)
            {
                throw new FormatException("its user has neither client-certificate and client-key nor a token");
            }

            return new(
                server,
                AuthoritiesIn(authority),
                certificate == null || key == null ? null : X509Certificate2.CreateFromPem(certificate, key),
                user.Text("token"));
        }
        catch (Exception exception) when (exception is FormatException or CryptographicException or ArgumentException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"{file} is no usable kubeconfig: {exception.Message}.");
        }
        catch (YamlException exception)
        {
            throw new InvalidInputException($"{file} is no usable kubeconfig: not well-formed YAML in line {exception.Start.Line}.");
        }
    }

    /// <summary>The server alone: a token must not come into a message.</summary>
    public override string ToString() => Server.ToString();

    public void Dispose()
    {
        foreach (var authority in Authorities)
        {
            authority.Dispose();
        }

        ClientCertificate?.Dispose();
    }

    /// <summary>While authorities are replaced, the old one and the new one.</summary>
    private static X509Certificate2Collection AuthoritiesIn(string pem)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(pem);
        return authorities.Count > 0 ? authorities : throw new FormatException("its cluster's certificate-authority holds no certificate");
    }

    private static YamlNode Named(YamlNode root, string list, string? name, string what) =>
        (root.At(list) as YamlSequenceNode)?.Children.FirstOrDefault(item => item.Text("name") == name)?.At(what)
        ?? throw new FormatException($"no {what} '{name}' in its {list}");

    /// <summary>PEM text, either inline (base64, the key with <c>-data</c>) or in a file relative to the kubeconfig.</summary>
    private static string? Pem(YamlNode node, string key, string folder) =>
        node.Text($"{key}-data") is { } data ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
        : node.Text(key) is { } path ? File.ReadAllText(Path.Combine(folder, path))
        : null;
}

using KubePivot.Configuration;

namespace KubePivot.Assets;

/// <summary>What containerd is told of one registry: the folder of it below certs.d.</summary>
/// <param name="Folder">Name of the folder: the registry's host, or <c>_default</c> for all that have none of their own.</param>
/// <param name="Server">URL that is asked last; null: the registry's own.</param>
/// <param name="Authority">Host whose certificate authority the server is verified with; null: the machine's own.</param>
/// <param name="Endpoints">Asked before, in this order.</param>
/// <remarks>https://github.com/containerd/containerd/blob/main/docs/hosts.md.</remarks>
public sealed record RegistryHost(string Folder, string? Server, string? Authority, IReadOnlyList<RegistryEndpoint> Endpoints);

/// <summary>A place that images are pulled from.</summary>
/// <param name="Authority">As in <see cref="RegistryHost"/>.</param>
/// <param name="OverridePath">The URL's path is the whole one: nothing is put behind it.</param>
public sealed record RegistryEndpoint(string Url, string? Authority, bool OverridePath);

/// <summary>Turns what cluster.yaml says of registries into the folders that containerd reads. Pure.</summary>
public static class RegistryHosts
{
    /// <summary>The API of Docker Hub has another host than its images are named after.</summary>
    private const string DockerHub = "docker.io";

    private const string DockerHubApi = "registry-1.docker.io";

    /// <summary>All registries of which containerd must know something, in the order of their names.</summary>
    public static IReadOnlyList<RegistryHost> Of(RegistriesSpec registries) =>
    [
        .. registries.Mirrors.Keys.Union(registries.Authorities.Keys).Order(StringComparer.Ordinal).Select(registry => Host(registries, registry)),
    ];

    /// <summary>The host that serves a registry's API, and asks for its accounts.</summary>
    public static string ApiHost(string registry) => registry == DockerHub ? DockerHubApi : registry;

    /// <summary>Name of a registry's folder. containerd takes a port in this form as well, and file systems without colons do, too.</summary>
    public static string FolderOf(string registry) => registry == RegistriesSpec.EveryRegistry ? "_default"
        : registry.LastIndexOf(':') is > 0 and var colon ? $"{registry[..colon]}_{registry[(colon + 1)..]}_" : registry;

    private static RegistryHost Host(RegistriesSpec registries, string registry)
    {
        var isDefault = registry == RegistriesSpec.EveryRegistry;

        // A mirror is no mirror of itself: its folder is there for its authority alone.
        var isMirror = registries.Mirrors.Values.SelectMany(mirrors => mirrors).Any(mirror => new Uri(mirror).Authority == registry);
        var mirrors = isMirror && !registries.Mirrors.ContainsKey(registry) ? [] : registries.MirrorsOf(registry);
        var server = mirrors.Count > 0 && registries.MirrorsOnly ? mirrors[^1] : isDefault ? null : $"https://{ApiHost(registry)}";

        // containerd 1.6 refuses a file that names a server and no endpoint.
        var urls = mirrors.Count > 0 ? mirrors : [server!];
        return new RegistryHost(
            FolderOf(registry),
            server,
            server == null ? null : AuthorityOf(registries, server),
            [.. urls.Select(url => new RegistryEndpoint(url, AuthorityOf(registries, url), new Uri(url).AbsolutePath.StartsWith("/v2/", StringComparison.Ordinal)))]);
    }

    private static string? AuthorityOf(RegistriesSpec registries, string url) =>
        registries.Authorities.Keys.FirstOrDefault(host => ApiHost(host) == new Uri(url).Authority);
}

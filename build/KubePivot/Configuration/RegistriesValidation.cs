using KubePivot.Images;

namespace KubePivot.Configuration;

/// <summary>The part of <see cref="ClusterValidation"/> about images, registries, and the way to them.</summary>
/// <param name="require">Adds a problem if the rule is broken: holds, path, value, rule.</param>
internal sealed class RegistriesValidation(ClusterSpec spec, Func<bool, string, object?, string, bool> require)
{
    private const string HostRule = "must be a registry's host name or address, with its port if it is not 443, as in registry.k8s.io or 10.0.0.5:5000";

    private readonly RegistriesSpec registries = spec.Registries;

    public void Check()
    {
        CheckImages();
        foreach (var (registry, mirrors) in registries.Mirrors)
        {
            CheckMirrors($"registries.mirrors[{registry}]", registry, mirrors);
        }

        require(!registries.MirrorsOnly || registries.Mirrors.Count > 0, "registries.mirrorsOnly", "true", "needs registries.mirrors: no registry has a mirror");
        foreach (var (host, account) in registries.Credentials)
        {
            CheckCredentials($"registries.credentials[{host}]", host, account);
        }

        foreach (var (host, file) in registries.Authorities)
        {
            require(IsHost(host), $"registries.authorities[{host}]", null, HostRule);
            require(file.Length > 0, $"registries.authorities[{host}]", file, "must be a file with certificates in PEM");
        }

        CheckProxy();
    }

    private void CheckImages()
    {
        foreach (var (component, text) in spec.Kubernetes.Images)
        {
            var path = $"kubernetes.images[{component}]";
            require(KnownImages.All.Contains(component), path, null, $"is no component with an image (known: {string.Join(", ", KnownImages.All)}){Nearest.Hint(component, KnownImages.All)}");
            var image = ImageReference.TryParse(text);
            require(image != null, path, text, $"must be an image's full name with its registry, as in registry.example:5000/{component}:v1.2.3");
            require(image is null or { Tag: not null } or { Digest: not null }, path, text, "must have a tag or a digest: without one it may be another image tomorrow");
            require(image is null or { Tag: not "latest" } or { Digest: not null }, path, text, "must not have the tag latest, which is another image tomorrow: name a version");
        }
    }

    private void CheckMirrors(string path, string registry, IReadOnlyList<string> mirrors)
    {
        require(registry == RegistriesSpec.EveryRegistry || IsHost(registry), path, null, $"{HostRule}, or '*' for all that have no mirrors of their own");
        require(mirrors.Count > 0, path, null, "must list the URL of a mirror, as in https://mirror.example:5000");
        for (var index = 0; index < mirrors.Count; index++)
        {
            require(IsMirror(mirrors[index]), $"{path}[{index}]", mirrors[index], "must be the URL of a mirror, as in https://mirror.example:5000, without name and password");
            var first = mirrors.ToList().IndexOf(mirrors[index]);
            require(first == index, $"{path}[{index}]", mirrors[index], $"is the mirror of {path}[{first}] too: each mirror must be there once");
        }
    }

    private void CheckCredentials(string path, string host, RegistryAccount account)
    {
        require(IsHost(host), path, null, HostRule);
        require(account.Username.Length > 0 && !account.Username.Contains(':') && !account.Username.Any(char.IsControl), $"{path}.username", account.Username, "must be a name without a colon");
        require(account.PasswordFile.Length > 0, $"{path}.passwordFile", account.PasswordFile, "must be a file");
        var plain = registries.Mirrors.Values.SelectMany(mirrors => mirrors).FirstOrDefault(mirror => mirror.StartsWith("http://", StringComparison.Ordinal) && IsMirror(mirror) && new Uri(mirror).Authority == host);
        require(plain == null, path, null, $"would be sent in plain text to the mirror {plain}: let it have https");
    }

    private void CheckProxy()
    {
        var proxy = spec.Proxy;
        CheckProxyUrl("proxy.http", proxy.Http);
        CheckProxyUrl("proxy.https", proxy.Https);
        for (var index = 0; index < proxy.NoProxy.Count; index++)
        {
            var text = proxy.NoProxy[index];
            require(text.Length > 0 && !text.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character is ',' or '"' or '%' or '\\'), $"proxy.noProxy[{index}]", text, "must be one host, domain, address or range, as in .example or 192.168.0.0/16");
        }

        require(proxy.IsSet || proxy.NoProxy.Count == 0, "proxy.noProxy", null, "has no effect: there is no proxy.http or proxy.https");
    }

    private void CheckProxyUrl(string path, string? text) => require(
        text == null || (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.PathAndQuery == "/" && !text.Any(character => char.IsWhiteSpace(character) || character is '"' or '%')),
        path,
        text,
        "must be the URL of a proxy, as in http://proxy.example:3128, without name and password");

    private static bool IsHost(string text)
    {
        var (name, port) = text.LastIndexOf(':') is > 0 and var colon ? (text[..colon], text[(colon + 1)..]) : (text, "443");
        return (HostNames.IsDomain(name) || HostNames.IsSubjectAlternativeName(name)) && !name.StartsWith('*') && ushort.TryParse(port, out var number) && number > 0;
    }

    private static bool IsMirror(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && IsHost(url.Authority) && url.UserInfo.Length == 0
        && url.Query.Length == 0 && url.Fragment.Length == 0 && !text.Any(character => char.IsWhiteSpace(character) || character is '"' or '\\');
}

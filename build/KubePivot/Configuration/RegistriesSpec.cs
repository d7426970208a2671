namespace KubePivot.Configuration;

/// <summary>Where the nodes pull images from, and with what. Registries and hosts have the form <c>HOST</c> or <c>HOST:PORT</c>.</summary>
public sealed record RegistriesSpec
{
    /// <summary>The key that stands for every registry without mirrors of its own.</summary>
    public const string EveryRegistry = "*";

    /// <summary>URLs of mirrors by the registry they mirror, in the order in which they are tried.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Mirrors { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>A registry that has mirrors is never asked itself.</summary>
    public bool MirrorsOnly { get; init; }

    /// <summary>Accounts, by the host that asks for them: a mirror's, or a registry's.</summary>
    public IReadOnlyDictionary<string, RegistryAccount> Credentials { get; init; } = new Dictionary<string, RegistryAccount>();

    /// <summary>PEM files of the certificate authorities that hosts are verified with instead of the machine's own, relative to the root of the checkout.</summary>
    public IReadOnlyDictionary<string, string> Authorities { get; init; } = new Dictionary<string, string>();

    /// <summary>The mirrors that are asked for a registry's images, in order; none: only the registry itself is.</summary>
    public IReadOnlyList<string> MirrorsOf(string registry) => Mirrors.TryGetValue(registry, out var own) ? own : Mirrors.GetValueOrDefault(EveryRegistry) ?? [];

    /// <summary>URLs of all that may be asked for a registry's images, in order: its mirrors, and the registry itself unless only mirrors are to be asked.</summary>
    public IReadOnlyList<string> PlacesOf(string registry)
    {
        var mirrors = MirrorsOf(registry);
        return MirrorsOnly && mirrors.Count > 0 ? mirrors : [.. mirrors, $"https://{registry}"];
    }
}

/// <summary>An account at a registry.</summary>
/// <param name="Username">Without a colon, which ends it in HTTP basic authentication.</param>
/// <param name="PasswordFile">File that holds the password and nothing else, relative to the root of the checkout.</param>
public sealed record RegistryAccount(string Username, string PasswordFile);

/// <summary>The HTTP proxy that container runtimes go through.</summary>
public sealed record ProxySpec
{
    /// <summary>URL of the proxy for <c>http://</c>; null: none.</summary>
    public string? Http { get; init; }

    /// <summary>URL of the proxy for <c>https://</c>, which registries are reached by; null: none.</summary>
    public string? Https { get; init; }

    /// <summary>Hosts, domains with a leading dot, addresses and ranges that are reached directly, besides the cluster's own.</summary>
    public IReadOnlyList<string> NoProxy { get; init; } = [];

    public bool IsSet => Http != null || Https != null;
}

using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

public class RegistryHostsTests
{
    [Fact]
    public void Mirrors_are_asked_in_their_order_and_the_registry_itself_last()
    {
        var host = Assert.Single(Of(("registry.k8s.io", ["https://one.example", "https://two.example:5000"])));

        Assert.Equal(("registry.k8s.io", "https://registry.k8s.io"), (host.Folder, host.Server));
        Assert.Equal(["https://one.example", "https://two.example:5000"], host.Endpoints.Select(endpoint => endpoint.Url));
    }

    [Fact]
    public void With_mirrors_only_the_registry_itself_is_never_asked()
    {
        var host = Assert.Single(RegistryHosts.Of(new() { Mirrors = Mirrors(("registry.k8s.io", ["https://one.example", "https://two.example"])), MirrorsOnly = true }));

        Assert.Equal("https://two.example", host.Server);
    }

    [Fact]
    public void The_star_stands_for_every_registry_and_names_no_server()
    {
        var host = Assert.Single(Of(("*", ["https://cache.example"])));

        Assert.Equal(("_default", null), (host.Folder, host.Server));
    }

    [Fact]
    public void Docker_Hub_is_served_by_another_host() => Assert.Equal("https://registry-1.docker.io", Assert.Single(Of(("docker.io", ["https://cache.example"]))).Server);

    [Theory]
    [InlineData("mirror.example:5000", "mirror.example_5000_")]
    [InlineData("mirror.example", "mirror.example")]
    public void A_port_is_written_so_that_every_file_system_takes_it(string registry, string folder) => Assert.Equal(folder, RegistryHosts.FolderOf(registry));

    [Fact]
    public void A_registry_with_an_authority_keeps_the_mirrors_of_all()
    {
        var hosts = RegistryHosts.Of(new()
        {
            Mirrors = Mirrors(("*", ["https://cache.example"])),
            Authorities = new Dictionary<string, string> { ["registry.example"] = "a.pem", ["cache.example"] = "b.pem" },
        });

        Assert.Equal(["_default", "cache.example", "registry.example"], hosts.Select(host => host.Folder));
        Assert.Equal(("https://registry.example", "registry.example"), (hosts[2].Server, hosts[2].Authority));
        Assert.Equal(new RegistryEndpoint("https://cache.example", "cache.example", false), Assert.Single(hosts[2].Endpoints));
        // The mirror itself: containerd must know its authority, and asks nobody else for its images.
        Assert.Equal(new RegistryEndpoint("https://cache.example", "cache.example", false), Assert.Single(hosts[1].Endpoints));
    }

    [Fact]
    public void A_path_that_begins_with_the_version_of_the_API_is_the_whole_path() =>
        Assert.Equal([true, false], Of(("*", ["https://harbor.example/v2/hub", "https://nexus.example/hub"])).Single().Endpoints.Select(endpoint => endpoint.OverridePath));

    private static IReadOnlyList<RegistryHost> Of(params (string Registry, string[] Urls)[] mirrors) => RegistryHosts.Of(new() { Mirrors = Mirrors(mirrors) });

    private static Dictionary<string, IReadOnlyList<string>> Mirrors(params (string Registry, string[] Urls)[] mirrors) =>
        mirrors.ToDictionary(mirror => mirror.Registry, mirror => (IReadOnlyList<string>)mirror.Urls);
}

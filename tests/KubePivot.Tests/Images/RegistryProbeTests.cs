using System.Net;
using System.Net.Sockets;
using KubePivot.Configuration;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class RegistryProbeTests
{
    private static readonly RegistriesSpec Mirrored = new() { Mirrors = new Dictionary<string, IReadOnlyList<string>> { ["*"] = ["https://mirror.example:5000/"] } };

    [Fact]
    public void The_mirrors_are_asked_and_the_registry_itself_unless_only_mirrors_are_allowed()
    {
        Assert.Equal(["https://registry.k8s.io/v2/"], Asked(new RegistriesSpec()));
        Assert.Equal(["https://mirror.example:5000/v2/", "https://registry.k8s.io/v2/"], Asked(Mirrored));
        Assert.Equal(["https://mirror.example:5000/v2/"], Asked(Mirrored with { MirrorsOnly = true }));

        static IEnumerable<string> Asked(RegistriesSpec registries) => RegistryProbe.EndpointsOf(registries).Select(endpoint => endpoint.ToString());
    }

    [Fact]
    public void Nobody_answers_at_a_closed_port()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var closed = new Uri($"http://{listener.LocalEndpoint}/v2/");
        listener.Stop();

        Assert.Null(RegistryProbe.WhoAnswers([closed], TimeSpan.FromSeconds(3)));
    }
}

using Bootkube.Assets;
using Bootkube.Pivot;
using KubePivot;

namespace Bootkube.Tests;

public sealed class EndpointsTests : IDisposable
{
    private static readonly Uri LoadBalancer = new("https://127.0.0.1:7443");

    private readonly string folder = Directory.CreateTempSubdirectory("bootkube-").FullName;

    public EndpointsTests()
    {
        Write("auth/kubeconfig", "x");
        Write("tls/ca.crt", "certificate");
        WriteApiServers("--secure-port=6444", "--secure-port=8443");
    }

    [Fact]
    public void The_ports_are_those_of_the_arguments_and_not_of_comments()
    {
        WriteApiServers("--secure-port=6444 # not --secure-port=1", "--secure-port=8443");

        Assert.Equal(new Endpoints(6444, 8443), Read(LoadBalancer));
    }

    [Fact]
    public void A_server_that_is_told_no_port_has_kube_apiservers_own()
    {
        WriteApiServers("--secure-port=6444", "--v=2");

        Assert.Equal(new Endpoints(6444, 6443), Read(LoadBalancer));
    }

    [Fact]
    public void One_port_for_both_servers_is_refused()
    {
        WriteApiServers("--secure-port=6443", "--v=2");

        Assert.Contains("bootstrap-manifests: --secure-port '6443': is the self-hosted API server's port, too", Refused(LoadBalancer));
    }

    [Theory]
    [InlineData("https://127.0.0.1:6444")]
    [InlineData("https://127.0.0.1:8443")]
    public void A_kubeconfig_that_knows_one_server_only_is_refused(string server) =>
        Assert.Contains($"auth/kubeconfig: server '{server}': is one API server's own port", Refused(new Uri(server)));

    [Theory]
    [InlineData("https://192.0.2.9:7443")]
    [InlineData("https://kubernetes:7443")]
    public void A_kubeconfig_of_another_machine_is_refused(string server) =>
        Assert.Contains($"auth/kubeconfig: server '{server}': must be the load balancer of this node", Refused(new Uri(server)));

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once()
    {
        File.Delete(Path.Combine(folder, "bootstrap-manifests", "bootstrap-apiserver.yaml"));
        Write("bootstrap-manifests/bootstrap-scheduler.yaml", "{ apiVersion: v1, kind: Pod, metadata: { name: bootstrap-scheduler } }");

        var words = Refused(new Uri("https://192.0.2.9:7443"));

        Assert.Contains("bootstrap-manifests: holds no Pod with apiserver in its name", words);
        Assert.Contains("auth/kubeconfig: server", words);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Refused(Uri server) => Assert.Throws<InvalidInputException>(() => Read(server)).Message;

    private Endpoints Read(Uri server) =>
        Endpoints.Of(AssetTree.Load(folder, withTemporaryControlPlane: true), server, new HashSet<string> { "127.0.0.1", "10.0.0.3" });

    private void WriteApiServers(string temporary, string selfHosted)
    {
        Write("bootstrap-manifests/bootstrap-apiserver.yaml", $"""
            # --secure-port=2
            apiVersion: v1
            kind: Pod
            metadata:
              name: bootstrap-apiserver
            command:
              - {temporary}
            """);
        Write("manifests/kube-apiserver.yaml", $"""
            apiVersion: apps/v1
            kind: DaemonSet
            metadata:
              name: kube-apiserver
            command:
              - {selfHosted}
            """);
    }

    private void Write(string file, string text)
    {
        var path = Path.Combine(folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}

using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

public class ClusterCertificatesTests
{
    private static readonly Cluster Article = new(
        ClusterDefaults.Spec with { Network = ClusterDefaults.Spec.Network with { NodeCidr = "10.64.7.0/24" }, Pki = ClusterDefaults.Spec.Pki with { ExtraSans = ["api.tdskubes.com"] } },
        "/clusters/cluster.yaml",
        MachineProvider.Lxc);

    private static readonly IReadOnlyList<CertificateSpec> Table = ClusterCertificates.Of(Article);

    [Fact]
    public void Every_issuer_is_an_authority_and_comes_before_its_leaves()
    {
        var names = Table.Select(spec => spec.Name).ToList();

        Assert.All(Table.Index().Where(line => line.Item.Issuer != null), line =>
        {
            var issuer = names.IndexOf(line.Item.Issuer!);
            Assert.InRange(issuer, 0, line.Index - 1);
            Assert.True(Table[issuer].IsAuthority);
        });
        Assert.All(Table, spec => Assert.Equal(spec.IsAuthority, spec.Issuer == null));
        Assert.Equal(names.Distinct(), names);
    }

    [Fact]
    public void The_table_of_the_article() => Assert.Equal(
        [
            "ca: - Authority /C=SG/ST=Singapore/L=Singapore/O=bootkube/OU=IT/CN=kube-ca",
            "etcd-ca: - Authority /C=SG/ST=Singapore/L=Singapore/O=bootkube/OU=IT/CN=etcd-ca",
            "front-proxy-ca: - Authority /C=SG/ST=Singapore/L=Singapore/O=bootkube/OU=IT/CN=front-proxy-ca",
            "apiserver: ca Server /C=SG/ST=Singapore/L=Singapore/O=kube-master/OU=IT/CN=kube-apiserver",
            "kubelet: ca Client /O=system:masters/CN=kube-apiserver-kubelet-client",
            "etcd-client: etcd-ca Client /C=SG/ST=Singapore/L=Singapore/O=kube-master/OU=IT/CN=kube-apiserver-etcd-client",
            "front-proxy-client: front-proxy-ca Client /C=SG/ST=Singapore/L=Singapore/O=kube-master/OU=IT/CN=front-proxy-client",
            "metrics-server: ca Server /C=SG/ST=Singapore/L=Singapore/O=kube-system/OU=IT/CN=metrics-server",
            "admin: ca Client /O=system:masters/CN=kubernetes-admin",
            "kubelet-client-master01: ca Client /O=system:nodes/CN=system:node:master01",
            "kubelet-server-master01: ca Server /O=system:nodes/CN=system:node:master01",
            "etcd-master01: etcd-ca ServerAndClient /C=SG/ST=Singapore/L=Singapore/O=etcd/OU=IT/CN=master01",
            "kubelet-client-master02: ca Client /O=system:nodes/CN=system:node:master02",
            "kubelet-server-master02: ca Server /O=system:nodes/CN=system:node:master02",
            "etcd-master02: etcd-ca ServerAndClient /C=SG/ST=Singapore/L=Singapore/O=etcd/OU=IT/CN=master02",
            "kubelet-client-master03: ca Client /O=system:nodes/CN=system:node:master03",
            "kubelet-server-master03: ca Server /O=system:nodes/CN=system:node:master03",
            "etcd-master03: etcd-ca ServerAndClient /C=SG/ST=Singapore/L=Singapore/O=etcd/OU=IT/CN=master03",
            "kubelet-client-worker01: ca Client /O=system:nodes/CN=system:node:worker01",
            "kubelet-server-worker01: ca Server /O=system:nodes/CN=system:node:worker01",
        ],
        Table.Select(spec => $"{spec.Name}: {spec.Issuer ?? "-"} {spec.Use} {spec.Subject}"));

    [Fact]
    public void The_api_server_answers_to_every_name_that_clients_know_it_by() => Assert.Equal(
        [
            "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
            "master01", "master01.tdskubes.com", "10.64.7.11", "master02", "master02.tdskubes.com", "10.64.7.12", "master03", "master03.tdskubes.com", "10.64.7.13",
            "10.64.7.10", "127.0.0.1", "localhost", "10.3.0.1", "api.tdskubes.com",
        ],
        Table.Single(spec => spec.Name == "apiserver").AlternativeNames);

    [Fact]
    public void Metrics_server_answers_to_the_name_that_the_api_servers_call_it_by() =>
        Assert.Contains("metrics-server.kube-system.svc", Table.Single(spec => spec.Name == "metrics-server").AlternativeNames);

    [Fact]
    public void Servers_on_nodes_answer_to_name_full_name_and_address()
    {
        Assert.Equal(["worker01", "worker01.tdskubes.com", "10.64.7.101"], Table.Single(spec => spec.Name == "kubelet-server-worker01").AlternativeNames);
        Assert.Equal(["master02", "master02.tdskubes.com", "10.64.7.12", "127.0.0.1", "localhost"], Table.Single(spec => spec.Name == "etcd-master02").AlternativeNames);
    }

    [Fact]
    public void Subjects_take_the_prefix_except_where_kubernetes_reads_them()
    {
        var acme = new Cluster(Article.Spec with { Pki = Article.Spec.Pki with { SubjectPrefix = "/C=DE/O=Acme" } }, "/clusters/cluster.yaml", MachineProvider.Lxc);

        Assert.All(ClusterCertificates.Of(acme), spec => Assert.True(
            spec.Subject.Text.StartsWith("/C=DE/O=Acme/", StringComparison.Ordinal) || spec.Subject.Text.StartsWith("/O=system:", StringComparison.Ordinal)));
    }
}

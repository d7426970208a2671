using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

public sealed class StrictnessTests : IDisposable
{
    private const string Proxy = "assets/manifests/kube-proxy.yaml.sbn";

    private readonly TemporaryCheckout checkout = new();

    public void Dispose() => checkout.Dispose();

    [Fact]
    public void An_unknown_variable_is_refused_with_file_and_line()
    {
        checkout.Write("nodes/all/etc/motd.sbn", "one\ntwo {{ nobody }}\n");
        Assert.Equal("templates/nodes/all/etc/motd.sbn:2: The variable or function `nobody` was not found", Refused());
    }

    [Fact]
    public void An_unknown_member_is_refused_with_the_known_ones()
    {
        checkout.Write("nodes/all/etc/motd.sbn", "one\n\n{{ node.addres }}\n");
        Assert.Equal("templates/nodes/all/etc/motd.sbn:3: node has no 'addres'; it has address, index, is_master, name, pod_cidr", Refused());
    }

    [Fact]
    public void A_template_that_does_not_parse_is_refused_with_file_and_line()
    {
        checkout.Write("nodes/all/etc/motd.sbn", "one\n{{ if node.is_master }}\n");
        Assert.StartsWith("templates/nodes/all/etc/motd.sbn:", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_is_not_in_the_PKI_is_refused_with_file_and_line()
    {
        checkout.Write("nodes/all/etc/motd.sbn", "{{ certificate 'nobody' }}");
        var pki = Scenarios.FakePki with { Certificate = name => name == "nobody" ? throw new ArgumentException("The PKI has no nobody.crt.") : name };
        Assert.Equal("templates/nodes/all/etc/motd.sbn:1: The PKI has no nobody.crt.", Refused(pki));
    }

    [Fact]
    public void Broken_YAML_is_refused_with_template_and_line()
    {
        checkout.Replace(Proxy, "tolerations:\n", "tolerations: {\n");
        var message = Refused();
        Assert.Matches("^templates/assets/manifests/kube-proxy.yaml.sbn, line \\d+ of what it renders to: not well-formed YAML: .+", message);
    }

    [Fact]
    public void An_unknown_field_is_refused_with_its_place_and_the_known_ones()
    {
        checkout.Replace(Proxy, "hostNetwork: true", "hostNetworking: true");
        var message = Refused();
        Assert.Contains("DaemonSet.spec.template.spec has no field 'hostNetworking'; it has activeDeadlineSeconds, ", message, StringComparison.Ordinal);
        Assert.Contains("kube-proxy.yaml.sbn, line 44 of", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("value: \"{{ ports.load_balancer }}\"", "value: {{ ports.load_balancer }}", "env[2].value must be text: put it in quotes")]
    [InlineData("privileged: true", "privileged: 'true'", "privileged must be true or false")]
    [InlineData("runAsUser: 0", "runAsUser: root", "runAsUser must be a decimal number without leading zeros")]
    [InlineData("runAsUser: 0", "runAsUser: 0644", "runAsUser must be a decimal number without leading zeros")]
    [InlineData("runAsUser: 0", "runAsUser:", "runAsUser must be given: it is empty")]
    [InlineData("tolerations:\n        - operator: Exists", "tolerations: Exists", "tolerations must be a list or a map")]
    [InlineData("securityContext:", "securityContext: privileged\n          lifecycle:", "securityContext must be a map")]
    public void A_value_of_a_wrong_type_is_refused(string right, string wrong, string rule)
    {
        checkout.Replace(Proxy, right, wrong);
        Assert.Contains(rule, Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0x1F")]
    [InlineData("-0o17")]
    [InlineData("0b101")]
    [InlineData("1_000")]
    [InlineData("1e3")]
    [InlineData("-.inf")]
    [InlineData(".NaN")]
    public void A_text_that_YAML_reads_as_a_number_needs_quotes(string value)
    {
        checkout.Replace(Proxy, "value: \"{{ ports.load_balancer }}\"", $"value: {value}");
        Assert.Contains("env[2].value must be text: put it in quotes", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0xylose")]
    [InlineData("0o9")]
    [InlineData("_100")]
    [InlineData("infinity")]
    [InlineData("10.70.3.11")]
    public void A_text_that_only_begins_like_a_number_needs_none(string value)
    {
        checkout.Replace(Proxy, "value: \"{{ ports.load_balancer }}\"", $"value: {value}");
        Assert.Contains($"value: {value}\n", Render().Assets.Single(asset => asset.Path == "manifests/kube-proxy.yaml").Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("apiVersion: apps/v1", "apiVersion: extensions/v1beta1", "apiVersion 'extensions/v1beta1' has no kind 'DaemonSet'")]
    [InlineData("kind: DaemonSet", "kind: DaemonSets", "apiVersion 'apps/v1' has no kind 'DaemonSets'")]
    public void A_kind_that_Kubernetes_does_not_know_is_refused(string right, string wrong, string rule)
    {
        checkout.Replace(Proxy, right, wrong);
        Assert.Contains(rule, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_pod_on_the_host_network_that_lists_ports_is_refused()
    {
        checkout.Replace(Proxy, "          imagePullPolicy: IfNotPresent", "          imagePullPolicy: IfNotPresent\n          ports:\n            - containerPort: 10256");
        Assert.Contains("a pod with hostNetwork must not list ports", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_services_with_one_cluster_address_are_refused()
    {
        checkout.Write("assets/manifests/one.yaml.sbn", Service("one", "clusterIP: 10.3.0.77")).Write("assets/manifests/two.yaml.sbn", Service("two", "clusterIP: 10.3.0.77"));
        Assert.Equal(
            "templates/assets/manifests/two.yaml.sbn, line 7 of what it renders to: spec.clusterIP 10.3.0.77 is already that of a Service in templates/assets/manifests/one.yaml.sbn.",
            Refused());
    }

    [Theory]
    [InlineData("type: ClusterIP")]
    [InlineData("clusterIP: 10.9.0.1")]
    public void A_service_without_a_fixed_address_of_the_service_range_is_refused(string spec)
    {
        checkout.Write("assets/manifests/one.yaml.sbn", Service("one", spec));
        Assert.Contains("a Service needs a fixed spec.clusterIP of 10.3.0.0/16", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_headless_service_needs_no_address()
    {
        checkout.Write("assets/manifests/one.yaml.sbn", Service("one", "clusterIP: None"));
        Assert.Contains(Render().Assets, asset => asset.Path == "manifests/one.yaml");
    }

    [Fact]
    public void A_fault_in_a_secret_does_not_show_its_content()
    {
        checkout.Write("assets/manifests/kube-apiserver-secret.yaml.sbn", "apiVersion: v1\nkind: Secret\ndata:\n  a.key: {{ key 'apiserver' }}\n");
        var message = Refused();
        Assert.DoesNotContain("not a key", message, StringComparison.Ordinal);
        Assert.StartsWith("templates/assets/manifests/kube-apiserver-secret.yaml.sbn, line 4 of", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_node_templates_that_stands_for_no_nodes_is_refused()
    {
        checkout.Write("nodes/wroker/etc/motd.sbn", "hello");
        Assert.Contains("templates/nodes/wroker stands for no nodes", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Flannel_without_an_image_of_it_is_invalid_input()
    {
        var cluster = Scenarios.ThreeAndOne(cni: CniKind.Flannel);
        var refused = Assert.Throws<InvalidInputException>(() => RenderedCluster.Render(checkout.Paths, ReleaseCatalogue.Load(checkout.Paths), cluster, Scenarios.Debian, Scenarios.FakePki));
        Assert.Equal("network.cni", Assert.Single(refused.Problems).Path);
    }

    private static string Service(string name, string spec) => $"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\n  namespace: kube-system\nspec:\n  {spec}\n";

    private RenderedCluster Render(PkiTexts? pki = null) =>
        RenderedCluster.Render(checkout.Paths, ReleaseCatalogue.Load(checkout.Paths), Scenarios.ThreeAndOne(), Scenarios.Debian, pki ?? Scenarios.FakePki);

    private string Refused(PkiTexts? pki = null) => Assert.Throws<StageException>(() => Render(pki)).Message;
}

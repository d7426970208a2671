using System.Text;
using KubePivot.Assets;
using KubePivot.Pki;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Assets;

/// <summary>What the API servers are told to do to Secrets, in each phase of a rotation.</summary>
public class EncryptionConfigTests
{
    private static readonly EncryptionKey One = EncryptionKey.Generate(EncryptionKeyRole.Write);
    private static readonly EncryptionKey Other = EncryptionKey.Generate(EncryptionKeyRole.Next);

    [Fact]
    public void A_new_cluster_encrypts_and_reads_plain_text() => Assert.Equal(["one", "identity"], Providers(One));

    [Fact]
    public void An_older_cluster_reads_what_is_encrypted_and_writes_plain_text() =>
        Assert.Equal(["identity", "other"], Providers(EncryptionKey.NoEncryption(EncryptionKeyRole.Write), Other));

    [Fact]
    public void A_new_key_comes_second_and_then_first() => Assert.Multiple(
        () => Assert.Equal(["one", "other", "identity"], Providers(One, Other)),
        () => Assert.Equal(["other", "one", "identity"], Providers([.. new EncryptionKeys([One, Other]).Next().Keys])),
        () => Assert.Equal(["other", "identity"], Providers([.. new EncryptionKeys([One, Other]).Next().Next().Keys])));

    [Fact]
    public void Both_API_servers_are_given_it()
    {
        var rendered = Render(One);
        var secret = Manifests.OfFile(rendered, "kube-apiserver-secret").Single();
        Assert.Equal(Config(rendered).Content, Encoding.UTF8.GetString(Convert.FromBase64String(Manifests.Text(secret, "data", "encryption-config.yaml"))));
        foreach (var file in new[] { "manifests/kube-apiserver.yaml", "bootstrap-manifests/bootstrap-apiserver.yaml" })
        {
            Assert.Contains("- --encryption-provider-config=/etc/kubernetes/secrets/encryption-config.yaml\n", rendered.Assets.Single(asset => asset.Path == file).Content, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0x")]
    [InlineData("0o")]
    public void A_key_that_begins_like_a_number_is_text(string begin)
    {
        var key = One with { Secret = begin + One.Secret[2..] };
        Assert.Contains($"\"{key.Secret}\"", Config(Render(key)).Content, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_key_rolls_the_API_servers() => Assert.NotEqual(
        Render(One).Assets.Single(asset => asset.Path == "manifests/kube-apiserver.yaml").Content,
        Render(One, Other).Assets.Single(asset => asset.Path == "manifests/kube-apiserver.yaml").Content);

    private static List<string> Providers(params EncryptionKey[] keys)
    {
        var config = Config(Render(keys));
        Assert.True(config.IsSecret);
        var resource = Assert.Single(Manifests.Items(Manifests.Documents(config.Content).Single(), "resources"));
        Assert.Equal(["secrets"], Manifests.Texts(resource, "resources"));
        return [.. Manifests.Items(resource, "providers").SelectMany(provider => Manifests.Find(provider, "secretbox") is YamlMappingNode box ? Manifests.Items(box, "keys").Select(NameOf) : ["identity"])];
    }

    private static string NameOf(YamlMappingNode key)
    {
        var known = Manifests.Text(key, "name") == One.Name ? One : Other;
        Assert.Equal(known.Secret, Manifests.Text(key, "secret"));
        return known == One ? "one" : "other";
    }

    private static RenderedFile Config(RenderedCluster rendered) => rendered.Assets.Single(file => file.Path == "tls/encryption-config.yaml");

    private static RenderedCluster Render(params EncryptionKey[] keys) =>
        RenderedCluster.Render(Scenarios.Checkout, Scenarios.Catalogue, Scenarios.OneAndNone(), Scenarios.Debian, Scenarios.FakePki with { Encryption = new EncryptionKeys(keys) });
}

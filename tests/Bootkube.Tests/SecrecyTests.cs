using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bootkube.Api;
using Bootkube.Assets;

namespace Bootkube.Tests;

public sealed class SecrecyTests
{
    [Fact]
    public void Neither_a_manifest_nor_a_kubeconfig_in_a_message_shows_what_it_keeps()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        using var config = new Kubeconfig(new("https://127.0.0.1:7443"), [authority], null, "topsecret");

        Assert.Equal("https://127.0.0.1:7443/", $"{config}");
        Assert.Equal("Secret a/b", $"{new Manifest("manifests/a.yaml", "v1", "Secret", "a", "b", "topsecret")}");
    }
}

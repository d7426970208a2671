using System.Security.Cryptography;
using System.Text;
using KubePivot.Pki;
using KubePivot.Ssh;

namespace KubePivot.Tests.Ssh;

public class RedactorTests
{
    [Fact]
    public void A_private_key_is_masked_line_by_line_and_what_follows_is_not()
    {
        using var key = ECDsa.Create();
        var text = $"before\n{key.ExportPkcs8PrivateKeyPem()}\nafter";

        var redacted = Redactor.Text(text);

        Assert.StartsWith("before\n***\n", redacted);
        Assert.EndsWith("***\nafter", redacted);
        Assert.DoesNotContain("PRIVATE KEY", redacted);
    }

    [Fact]
    public void A_private_key_in_a_kubeconfig_is_masked_and_a_certificate_is_not()
    {
        using var key = ECDsa.Create();
        var encodedKey = Convert.ToBase64String(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        var encodedCertificate = Convert.ToBase64String("-----BEGIN CERTIFICATE-----\nMIIB"u8);

        Assert.Equal("client-key-data: ***", Redactor.Text($"client-key-data: {encodedKey}"));
        Assert.Equal($"client-certificate-data: {encodedCertificate}", Redactor.Text($"client-certificate-data: {encodedCertificate}"));
    }

    [Fact]
    public void A_web_token_is_masked_within_its_line()
    {
        var token = $"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.{Convert.ToHexString(RandomNumberGenerator.GetBytes(16))}";

        Assert.Equal("Authorization: Bearer *** refused", Redactor.Text($"Authorization: Bearer {token} refused"));
    }

    [Fact]
    public void A_key_for_Secrets_is_masked_wherever_it_stands_and_its_name_is_not()
    {
        var keys = EncryptionKeys.ForNewCluster();
        var (name, secret) = (keys.Write.Name, keys.Write.Secret);

        Assert.Equal($"write {name} ***\n", Redactor.Text(keys.ToText()));
        Assert.Equal($"- name: {name}\n  secret: ***", Redactor.Text($"- name: {name}\n  secret: {secret}"));
        Assert.Equal("  encryption-config.yaml: ***", Redactor.Text($"  encryption-config.yaml: {Convert.ToBase64String(Encoding.UTF8.GetBytes($"secret: {secret}"))}"));
        Assert.Equal("\"encryption-config.yaml\":\"***\"", Redactor.Text($"\"encryption-config.yaml\":\"{Convert.ToBase64String(Encoding.UTF8.GetBytes($"secret: {secret}"))}\""));
    }

    [Fact]
    public void A_text_without_secrets_is_left_as_it_is() =>
        Assert.Equal("etcd: token bucket is eyJ or so\n", Redactor.Text("etcd: token bucket is eyJ or so\n"));
}

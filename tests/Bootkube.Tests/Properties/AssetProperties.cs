using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bootkube.Api;
using Bootkube.Assets;
using CsCheck;
using KubePivot;
using KubePivot.Tests.Properties;

namespace Bootkube.Tests.Properties;

public sealed class AssetProperties
{
    private const string ManifestText = """
        ---
        apiVersion: v1
        kind: Secret
        metadata: { name: a, namespace: b }
        data: { password: dG9wc2VjcmV0 }
        --- # the next
        apiVersion: apps/v1
        kind: DaemonSet
        metadata:
          name: c
        spec:
          template: &t { spec: { containers: [{ name: d, image: "e:1" }] } }
          other: *t

        """;

    [Fact]
    public void A_damaged_manifest_is_read_or_told_without_its_content() => Property.Holds(Mutations.OfTexts(ManifestText), 1000, text =>
    {
        var problems = new List<Problem>();

        var found = ManifestReader.Read("manifests/a.yaml", text, problems).ToList();

        // A kind is told: a password in its place is told too.
        if (!text.Replace("password: dG9wc2VjcmV0", "", StringComparison.Ordinal).Contains("dG9wc2VjcmV0", StringComparison.Ordinal))
        {
            Assert.DoesNotContain(problems, problem => problem.ToString().Contains("dG9wc2VjcmV0", StringComparison.Ordinal));
        }

        Assert.All(found, manifest => Assert.NotEmpty(manifest.TextOf("7")));
    });

    [Fact]
    public void A_damaged_asset_tree_is_refused_or_read_and_is_left_as_it_is()
    {
        (string File, byte[] Content)[] files = [("auth/kubeconfig", "a: b\n"u8.ToArray()), ("manifests/a.yaml", Encoding.UTF8.GetBytes(ManifestText)), ("bootstrap-manifests/b.yaml", Encoding.UTF8.GetBytes(ManifestText)), ("tls/ca.crt", [1])];
        var damages = Gen.Select(Gen.Int[0, files.Length - 1], Gen.Int[0, 4], Mutations.OfBytes(Encoding.UTF8.GetBytes(ManifestText)));

        Property.Holds(damages, 250, damage =>
        {
            var (which, deed, bytes) = damage;
            using var folder = new TemporaryFolder();
            foreach (var (file, content) in files)
            {
                folder.Write(file, content);
            }

            var damaged = folder[files[which].File];
            File.Delete(damaged);
            switch (deed)
            {
                case 0:
                    break;
                case 1:
                    Directory.CreateDirectory(damaged);
                    break;
                case 2:
                    File.CreateSymbolicLink(damaged, "/nowhere");
                    break;
                default:
                    File.WriteAllBytes(damaged, bytes);
                    break;
            }

            var before = Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
            Property.IsTakenOrRefused(() => AssetTree.Load(folder.Path, withTemporaryControlPlane: true));
            Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
        });
    }

    [Fact]
    public void A_damaged_kubeconfig_is_refused_without_being_quoted_or_used()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=a", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(90));
        var (pem, secret) = (Convert.ToBase64String(Encoding.UTF8.GetBytes(certificate.ExportCertificatePem())), Convert.ToBase64String(Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem())));
        var original = $"current-context: a\ncontexts: [{{ name: a, context: {{ cluster: c, user: u }} }}]\nclusters:\n- name: c\n  cluster:\n    server: https://10.70.3.10:7443\n    certificate-authority-data: {pem}\nusers:\n- name: u\n  user:\n    client-certificate-data: {pem}\n    client-key-data: {secret}\n";

        Property.Holds(Mutations.OfTexts(original), 250, text =>
        {
            using var folder = new TemporaryFolder();
            var file = folder.Write("kubeconfig", Encoding.UTF8.GetBytes(text));

            Property.IsTakenOrRefused(() => Kubeconfig.Load(file).Dispose());
        });
    }

    [Fact]
    public void A_folder_in_place_of_a_kubeconfig_is_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<InvalidInputException>(() => Kubeconfig.Load(folder.Path));
    }

    [Fact]
    public void Any_arguments_are_taken_or_refused() => Property.Holds(Mutations.OfTexts("start --asset-dir=/a --timeout=20m", "apply --asset-dir /a", "help", "version"), 500, text =>
        Property.IsTakenOrRefused(() => CommandLine.Parse(text.Split(' '))));
}

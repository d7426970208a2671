using KubePivot.Assets;
using KubePivot.Configuration;

namespace KubePivot.Tests.Assets;

public sealed class RegistryFilesTests : IDisposable
{
    private readonly ClusterPaths paths = new(Directory.CreateTempSubdirectory("kubepivot-registries-").FullName);

    public void Dispose() => Directory.Delete(paths.Root, recursive: true);

    [Fact]
    public void A_password_is_read_without_the_end_of_its_line()
    {
        Write("password", "top secret\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Assert.Equal("top secret", RegistryFiles.Load(Asking("password"), paths).Passwords["mirror.example"]);
    }

    [Fact]
    public void Of_an_authority_file_the_nodes_get_the_certificates_alone()
    {
        var certificate = Certificate();
        Write("ca.pem", $"my notes\n{certificate}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");

        Assert.Equal(certificate + "\n", RegistryFiles.Load(new() { Authorities = new Dictionary<string, string> { ["mirror.example"] = "ca.pem" } }, paths).Authorities["mirror.example"]);
    }

    [Fact]
    public void All_that_is_wrong_is_told_at_once_and_no_password_is()
    {
        Write("open", "top secret\n", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Write("empty", "\n", UnixFileMode.UserRead);
        Write("two-lines", "top\nsecret\n", UnixFileMode.UserRead);
        Write("no.pem", "no certificate");
        var registries = Asking("open", "empty", "two-lines", "missing") with { Authorities = new Dictionary<string, string> { ["mirror.example"] = "no.pem" } };

        var refusal = Assert.Throws<InvalidInputException>(() => RegistryFiles.Load(registries, paths));

        Assert.Contains($"registries.credentials[mirror1.example].passwordFile 'empty': is empty", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'two-lines': must hold the password in one line", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"'missing': there is no file {Path.Combine(paths.Root, "missing")}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("registries.authorities[mirror.example] 'no.pem': holds no certificate", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Contains($"'open': can be read by others than its owner: chmod 600 {Path.Combine(paths.Root, "open")}", refusal.Message, StringComparison.Ordinal);
        }
    }

    private static RegistriesSpec Asking(params string[] files) => new()
    {
        Credentials = files.Select((file, index) => (file, host: index == 0 ? "mirror.example" : $"mirror{index}.example")).ToDictionary(pair => pair.host, pair => new RegistryAccount("me", pair.file)),
    };

    private static string Certificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=test", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        return certificate.ExportCertificatePem();
    }

    private void Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var file = Path.Combine(paths.Root, name);
        File.WriteAllText(file, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, mode);
        }
    }
}

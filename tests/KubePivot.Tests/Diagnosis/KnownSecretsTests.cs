using System.Text;
using System.Text.Json;
using KubePivot.Configuration;
using KubePivot.Diagnosis;
using KubePivot.Tests.Pki;

namespace KubePivot.Tests.Diagnosis;

public sealed class KnownSecretsTests : IDisposable
{
    private readonly PkiOnDisk pki = new();

    public KnownSecretsTests() => pki.Generate();

    public void Dispose() => pki.Dispose();

    private KnownSecrets Secrets => KnownSecrets.Load(pki.Paths, pki.Spec);

    private string Key(string name) => File.ReadAllText(pki.PathOf($"{name}.key"));

    public static TheoryData<string> Keys => ["ca", "etcd-ca", "service-account", "apiserver", "kubelet-client-master01"];

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_private_key_is_found_in_every_form_that_it_is_written_in(string name)
    {
        var (secrets, key) = (Secrets, Key(name));
        string[] forms =
        [
            key,
            JsonSerializer.Serialize(key),
            key.Replace("\n", "", StringComparison.Ordinal),
            $"client-key-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(key))}",
            $"a log that quotes one line: '{key.Split('\n')[2]}', and no other",
        ];
        Assert.All(forms, form => Assert.Equal($".cluster/pki/{name}.key", secrets.FindIn(form)));
    }

    [Theory]
    [InlineData("+", "\\u002B")]
    [InlineData("+", "\\u002b")]
    [InlineData("/", "\\/")]
    [InlineData("/", "\\u002F")]
    [InlineData("=", "\\u003D")]
    public void A_secret_is_found_however_JSON_writes_its_characters(string character, string escape)
    {
        var secret = string.Concat(Enumerable.Repeat($"aB3{character}", 11));
        KubePivot.Files.AtomicFile.WriteSecret(pki.PathOf("other.key"), secret);

        Assert.Equal(".cluster/pki/other.key", Secrets.FindIn($"\"{secret.Replace(character, escape, StringComparison.Ordinal)}\""));
    }

    [Fact]
    public void A_part_of_a_key_is_found_too()
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(Key("apiserver")));

        Assert.NotNull(Secrets.FindIn(encoded[120..200]));
    }

    [Fact]
    public void What_is_public_is_no_secret()
    {
        var secrets = Secrets;
        foreach (var file in Directory.GetFiles(pki.Paths.Pki).Where(file => Path.GetExtension(file) != ".key"))
        {
            var text = File.ReadAllText(file);
            Assert.Null(secrets.FindIn(text));
            Assert.Null(secrets.FindIn(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))));
        }

        Assert.Null(secrets.FindIn("etcd[812]: failed to save snapshot: no space left on device"));
    }

    [Fact]
    public void Keys_that_are_no_PEM_and_values_of_Secrets_are_found()
    {
        Write(".cluster/pki/encryption.key", "c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIGEga2V5\n");
        Write(".cluster/nodes/master01/etc/containerd/config.toml", "    [plugins.auth]\n      auth = \"bm9kZXM6Y29ycmVjdC1ob3JzZQ==\"\n");
        Write(".cluster/assets/manifests/s.yaml", "kind: Secret\nstringData:\n  text: |\n    a word of more letters than twelve\n");

        var secrets = Secrets;

        Assert.Equal(".cluster/pki/encryption.key", secrets.FindIn("x c2l4dGVlbiBieXRlcyBvciBtb3JlIG9mIGEga2V5 x"));
        Assert.Equal(".cluster/nodes/master01/etc/containerd/config.toml", secrets.FindIn("Authorization: Basic bm9kZXM6Y29ycmVjdC1ob3JzZQ=="));
        Assert.Equal(".cluster/assets/manifests/s.yaml", secrets.FindIn("they said a word of more letters than twelve"));
    }

    [Fact]
    public void A_registry_s_password_is_found_plain_and_as_it_is_sent()
    {
        Write("registry-password", "hunter2hunter2\n");
        pki.Spec = pki.Spec with { Registries = new RegistriesSpec { Credentials = new Dictionary<string, RegistryAccount> { ["mirror.example"] = new("nodes", "registry-password") } } };

        Assert.Equal("the password for mirror.example", Secrets.FindIn("level=error msg=\"login with hunter2hunter2 failed\""));
        Assert.Equal("the password for mirror.example", Secrets.FindIn(Convert.ToBase64String(Encoding.UTF8.GetBytes("nodes:hunter2hunter2"))));
    }

    [Fact]
    public void With_nothing_there_nothing_is_secret()
    {
        Directory.Delete(pki.Paths.State, recursive: true);

        Assert.Equal((0, null), (Secrets.Count, Secrets.FindIn("anything")));
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(pki.Paths.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}

using KubePivot.Ssh;

namespace KubePivot.Tests.Ssh;

public sealed class KnownHostsTests : IDisposable
{
    private const string Blob = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("kubepivot-known-hosts-");

    private string KnownHostsFile => Path.Combine(folder.FullName, "state", "known_hosts");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_missing_file_knows_no_host() => Assert.Empty(KnownHosts.Load(KnownHostsFile).KeysOf("10.0.0.11", 22));

    [Fact]
    public void A_pinned_key_is_found_again_under_its_address_and_port_only()
    {
        var hosts = KnownHosts.Load(KnownHostsFile);
        hosts.Pin("10.0.0.11", 22, HostKey.Parse($"ssh-ed25519 {Blob} root@master01"));
        hosts.Pin("10.0.0.12", 2222, HostKey.Parse($"ssh-ed25519 {Blob}"));
        hosts.Save();

        Assert.Equal($"10.0.0.11 ssh-ed25519 {Blob}\n[10.0.0.12]:2222 ssh-ed25519 {Blob}\n", File.ReadAllText(KnownHostsFile));
        var loaded = KnownHosts.Load(KnownHostsFile);
        Assert.Equal(new HostKey("ssh-ed25519", Blob), Assert.Single(loaded.KeysOf("10.0.0.11", 22)));
        Assert.Single(loaded.KeysOf("10.0.0.12", 2222));
        Assert.Empty(loaded.KeysOf("10.0.0.12", 22));
    }

    [Fact]
    public void Pinning_replaces_the_keys_that_a_host_had()
    {
        var hosts = KnownHosts.Load(KnownHostsFile);
        var other = new HostKey("ssh-rsa", Convert.ToBase64String([0, 0, 0, 7, .. "ssh-rsa"u8, 1, 2, 3]));
        hosts.Pin("10.0.0.11", 22, HostKey.Parse($"ssh-ed25519 {Blob}"));
        hosts.Pin("10.0.0.11", 22, other);

        Assert.Equal(other, Assert.Single(hosts.KeysOf("10.0.0.11", 22)));
    }

    [Fact]
    public void The_fingerprint_is_the_one_that_ssh_keygen_shows() =>
        Assert.Equal("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU", HostKey.Parse($"ssh-ed25519 {Blob}").Fingerprint);

    [Fact]
    public void All_lines_that_are_not_understood_are_listed_at_once()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KnownHostsFile)!);
        File.WriteAllLines(KnownHostsFile, ["# a comment", "", "rubbish", $"10.0.0.11 ssh-rsa {Blob}", $"@revoked 10.0.0.11 ssh-ed25519 {Blob}", $"*.example.com ssh-ed25519 {Blob}", $"10.0.0.11,10.0.0.12 ssh-ed25519 {Blob}"]);

        var exception = Assert.Throws<InvalidInputException>(() => KnownHosts.Load(KnownHostsFile));

        Assert.Equal(["line 3", "line 4", "line 5", "line 6"], exception.Problems.Select(problem => problem.Path));
        Assert.Contains(KnownHostsFile, exception.Message);
    }
}

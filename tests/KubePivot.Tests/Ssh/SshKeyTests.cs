using KubePivot.Commands;
using KubePivot.Ssh;

namespace KubePivot.Tests.Ssh;

public sealed class SshKeyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-test-").FullName;

    private readonly ClusterPaths paths;

    public SshKeyTests() => paths = new ClusterPaths(folder);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Only_its_owner_can_read_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // Windows has no file modes.
        }

        SshKey.EnsureExists(paths, "tds-3fa1");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(paths.SshKey));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(paths.SshKey)!));
    }

    [Fact]
    public void It_stays_the_same_and_its_public_half_is_written_again()
    {
        SshKey.EnsureExists(paths, "tds-3fa1");
        var (key, publicKey) = (File.ReadAllText(paths.SshKey), File.ReadAllText(paths.SshKey + ".pub"));
        File.WriteAllText(paths.SshKey + ".pub", "rubbish");

        SshKey.EnsureExists(paths, "tds-3fa1");

        Assert.Equal(key, File.ReadAllText(paths.SshKey));
        Assert.Equal(publicKey, File.ReadAllText(paths.SshKey + ".pub"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n")]
    public void A_damaged_key_is_named_and_left_alone(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(paths.SshKey)!);
        File.WriteAllText(paths.SshKey, content);

        var exception = Assert.Throws<InvalidInputException>(() => SshKey.EnsureExists(paths, "tds-3fa1"));

        Assert.Contains(paths.SshKey, exception.Message);
        Assert.Equal(content, File.ReadAllText(paths.SshKey));
    }

    [Fact]
    public async Task OpenSSH_reads_it_and_derives_the_same_public_half()
    {
        Assert.SkipWhen(LocalCommand.Find("ssh-keygen") == null, "ssh-keygen is not installed");
        SshKey.EnsureExists(paths, "tds-3fa1");

        var derived = await LocalCommand.RunAsync("ssh-keygen", ["-y", "-f", paths.SshKey], cancellationToken: TestContext.Current.CancellationToken);

        derived.ThrowOnFailure();
        Assert.Equal(File.ReadAllText(paths.SshKey + ".pub").Split(' ')[..2], derived.StandardOutput.Trim().Split(' ')[..2]);
    }
}

using KubePivot;
using KubePivot.Ssh;

namespace Integration.Tests.Ssh;

public class ConnectingTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_host_whose_key_is_not_pinned_is_refused_before_anything_is_sent()
    {
        await using var server = await RemoteSshd.StartAsync();
        File.Delete(server.KnownHostsFile);

        var exception = await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(server.Endpoint, Cancelled));

        Assert.StartsWith($"master01: no host key is pinned for [127.0.0.1]:{server.Port} in {server.KnownHostsFile}", exception.Message);
        Assert.Contains("./build.sh VagrantUp", exception.Message);
        Assert.False(File.Exists(server.KnownHostsFile));
    }

    [Fact]
    public async Task A_changed_host_key_is_an_error_that_shows_both_fingerprints()
    {
        await using var server = await RemoteSshd.StartAsync();
        var pinned = HostKey.Parse(File.ReadAllText(Path.Combine(server.Folder, "host_ed25519.pub")));
        await server.RestartWithNewHostKeyAsync();
        var shown = HostKey.Parse(File.ReadAllText(Path.Combine(server.Folder, "host_ed25519.pub")));
        var before = await File.ReadAllTextAsync(server.KnownHostsFile, Cancelled);

        var exception = await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(server.Endpoint, Cancelled));

        Assert.NotEqual(pinned, shown);
        Assert.Contains($"Expected: ssh-ed25519 {pinned.Fingerprint}", exception.Message);
        Assert.Contains($"Shown:    ssh-ed25519 {shown.Fingerprint}", exception.Message);
        Assert.Contains("VagrantUp", exception.Message);
        Assert.Equal(before, await File.ReadAllTextAsync(server.KnownHostsFile, Cancelled));
    }

    [Fact]
    public async Task A_host_that_has_no_key_of_the_pinned_type_is_a_changed_host()
    {
        await using var server = await RemoteSshd.StartAsync();
        var hosts = KnownHosts.Load(server.KnownHostsFile);
        hosts.Pin("127.0.0.1", server.Port, EcdsaKey());
        hosts.Save();

        var exception = await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(server.Endpoint, Cancelled));

        Assert.Contains("Shown:    no key of this type", exception.Message);
    }

    [Fact]
    public async Task A_refused_user_key_is_told_with_user_and_key_file()
    {
        await using var server = await RemoteSshd.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "authorized_keys"), "", Cancelled);

        var exception = await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(server.Endpoint, Cancelled));

        Assert.Contains($"root@127.0.0.1:{server.Port} does not accept the key {server.KeyFile}", exception.Message);
    }

    [Fact]
    public async Task A_machine_that_is_not_there_is_told_with_what_to_do()
    {
        await using var server = await RemoteSshd.StartAsync();
        await server.StopAsync();

        var exception = await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(server.Endpoint, Cancelled));

        Assert.StartsWith($"master01: no SSH connection to root@127.0.0.1:{server.Port}: Connection refused", exception.Message);
        Assert.Contains("VagrantUp", exception.Message);
    }

    [Fact]
    public async Task A_key_file_that_is_missing_or_no_key_is_named()
    {
        await using var server = await RemoteSshd.StartAsync();
        var missing = server.Endpoint with { KeyFile = Path.Combine(server.Folder, "none") };
        var rubbish = server.Endpoint with { KeyFile = server.KnownHostsFile };

        Assert.Contains("there is no SSH key", (await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(missing, Cancelled))).Message);
        Assert.Contains("cannot be used", (await Assert.ThrowsAsync<StageException>(() => NodeConnection.ConnectAsync(rubbish, Cancelled))).Message);
    }

    private static HostKey EcdsaKey()
    {
        byte[] Field(string text) => [0, 0, 0, (byte)text.Length, .. System.Text.Encoding.ASCII.GetBytes(text)];
        return new HostKey("ecdsa-sha2-nistp256", Convert.ToBase64String([.. Field("ecdsa-sha2-nistp256"), .. Field("nistp256"), .. Field(new string('x', 65))]));
    }
}

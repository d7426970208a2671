using System.Security.Cryptography;
using KubePivot.Images;
using KubePivot.Integration.Tests.Kubernetes;

namespace KubePivot.Integration.Tests.Images;

public sealed class DownloadTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;
    private readonly FileServer server = new();
    private readonly HttpClient client = new();
    private readonly RecordedLines reporter = new();
    private readonly byte[] content = RandomNumberGenerator.GetBytes(1_000_000);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Target => Path.Combine(folder, "cache", "kubelet");

    private string Hash => Convert.ToHexStringLower(SHA256.HashData(content));

    public ValueTask InitializeAsync()
    {
        server.Files["/kubelet"] = content;
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        client.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_file_is_downloaded_once()
    {
        await FetchAsync();
        await FetchAsync();

        Assert.Equal(content, await File.ReadAllBytesAsync(Target, Stop));
        Assert.Equal([""], server.Requests);
    }

    [Fact]
    public async Task A_download_that_breaks_off_goes_on_where_it_ended()
    {
        server.BreakAfter.Enqueue(300_000);
        server.BreakAfter.Enqueue(200_000);

        await FetchAsync();

        Assert.Equal(content, await File.ReadAllBytesAsync(Target, Stop));
        Assert.Equal(3, server.Requests.Count);
        Assert.StartsWith("bytes=", server.Requests[1]);
        Assert.StartsWith("bytes=", server.Requests[2]);
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_gone_on_with_and_thrown_away_if_it_does_not_fit()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllBytesAsync($"{Target}.partial", content[..400_000], Stop);
        await FetchAsync();
        Assert.Equal(["bytes=400000-"], server.Requests);

        File.Delete(Target);
        await File.WriteAllBytesAsync($"{Target}.partial", new byte[5000], Stop);
        await FetchAsync();

        Assert.Equal(["bytes=400000-", "bytes=5000-", ""], server.Requests);
        Assert.Equal(content, await File.ReadAllBytesAsync(Target, Stop));
    }

    [Fact]
    public async Task A_server_without_ranges_is_asked_for_all_of_it()
    {
        server.KnowsRanges = false;
        server.BreakAfter.Enqueue(300_000);

        await FetchAsync();

        Assert.Equal(content, await File.ReadAllBytesAsync(Target, Stop));
    }

    [Fact]
    public async Task Another_file_than_the_published_one_is_thrown_away_with_both_checksums()
    {
        var expected = new string('0', 64);

        var refused = await Assert.ThrowsAsync<StageException>(() => FetchAsync(expected));

        Assert.Contains($"its SHA-256 is {Hash}, expected {expected}", refused.Message);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Target)!));
    }

    [Fact]
    public async Task A_file_that_does_not_exist_is_said_so_at_once()
    {
        server.Files.Clear();

        Assert.Contains("does not exist (404)", (await Assert.ThrowsAsync<StageException>(() => FetchAsync())).Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_server_that_is_away_is_named_and_what_was_had_is_kept()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Target)!);
        await File.WriteAllBytesAsync($"{Target}.partial", content[..400_000], Stop);
        await server.DisposeAsync();
        using var impatient = new HttpClient();

        var refused = await Assert.ThrowsAsync<StageException>(() =>
            new Download(impatient, reporter, new ImmediateClock()).FileAsync(new Uri(server.Address, "kubelet"), Hash, Target, Stop));

        Assert.Contains($"{server.Address}kubelet could not be downloaded", refused.Message);
        Assert.Contains("0.4 MiB of it are kept", refused.Message);
        Assert.Equal(400_000, new FileInfo($"{Target}.partial").Length);
    }

    private Task<string> FetchAsync(string? hash = null) =>
        new Download(client, reporter, new ImmediateClock()).FileAsync(new Uri(server.Address, "kubelet"), hash ?? Hash, Target, Stop);

    /// <summary>A clock whose timers end at once.</summary>
    private sealed class ImmediateClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
    }
}

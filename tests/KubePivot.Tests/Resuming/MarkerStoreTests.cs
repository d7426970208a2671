using KubePivot.Resuming;

namespace KubePivot.Tests.Resuming;

public sealed class MarkerStoreTests : IDisposable
{
    private static readonly Marker Done = new("RenderAssets", new DateTimeOffset(2026, 11, 24, 4, 14, 59, TimeSpan.Zero), 1.5, "abc");

    private readonly string root = Directory.CreateTempSubdirectory("kubepivot-markers-").FullName;
    private readonly MarkerStore store;

    public MarkerStoreTests() => store = new MarkerStore(Folder);

    private string Folder => Path.Combine(root, ".cluster", "markers");

    [Fact]
    public void A_marker_is_saved_found_and_deleted()
    {
        Assert.Null(store.Load("RenderAssets"));

        store.Save(Done);
        Assert.Equal(Done, store.Load("RenderAssets"));
        Assert.Null(store.Load("GeneratePki"));

        store.Delete("RenderAssets");
        Assert.Null(store.Load("RenderAssets"));
    }

    [Fact]
    public void Deleting_what_is_not_there_is_no_error()
    {
        Directory.CreateDirectory(Folder);

        store.Delete("RenderAssets");

        Assert.Null(store.Load("RenderAssets"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("done")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{ \"target\": \"RenderAssets\" }")]
    [InlineData("{ \"target\": null, \"finished\": \"2026-11-24T04:14:59Z\", \"seconds\": 1, \"fingerprint\": \"abc\" }")]
    [InlineData("{ \"target\": \"RenderAssets\", \"finished\": \"yesterday\", \"seconds\": 1, \"fingerprint\": \"abc\" }")]
    public void Rubbish_in_a_marker_is_refused_by_name_and_with_the_remedy(string content)
    {
        store.Save(Done);
        var file = Path.Combine(Folder, "RenderAssets.done");
        File.WriteAllText(file, content);

        var refusal = Assert.Throws<InvalidInputException>(() => store.Load("RenderAssets"));

        Assert.StartsWith($"{file} is no marker of RenderAssets", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("Delete the file: RenderAssets then runs again, which is safe.", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(file));
    }

    [Fact]
    public void A_skip_file_counts_for_its_target_alone()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "VagrantUp.skip"), "");

        Assert.True(store.HasSkipFile("VagrantUp"));
        Assert.False(store.HasSkipFile("CopyAssets"));
    }

    [Fact]
    public void The_state_folder_is_for_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        store.Save(Done);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(Folder)!));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}

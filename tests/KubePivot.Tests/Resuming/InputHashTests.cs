using KubePivot.Resuming;

namespace KubePivot.Tests.Resuming;

public sealed class InputHashTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-hash-").FullName;

    [Fact]
    public void Nothing_and_the_empty_text_are_two_things() => Assert.NotEqual(Hash(hash => hash.Add("a", null)), Hash(hash => hash.Add("a", "")));

    [Fact]
    public void Text_cannot_slip_from_one_input_into_the_next() =>
        Assert.NotEqual(Hash(hash => hash.Add("a", "1\nb=1:2").Add("c", "")), Hash(hash => hash.Add("a", "1").Add("b", "2").Add("c", "")));

    [Fact]
    public void A_missing_file_and_an_empty_one_are_two_things()
    {
        var file = Path.Combine(folder, "file");
        var missing = Hash(hash => hash.AddFile(file));
        File.WriteAllText(file, "");

        Assert.NotEqual(missing, Hash(hash => hash.AddFile(file)));
    }

    [Fact]
    public void A_tree_is_its_files_by_relative_path_and_content()
    {
        var empty = Hash(hash => hash.AddTree(folder));
        Assert.Equal(empty, Hash(hash => hash.AddTree(Path.Combine(folder, "missing"))));

        File.WriteAllText(Path.Combine(folder, "a"), "1");
        var one = Hash(hash => hash.AddTree(folder));
        File.Move(Path.Combine(folder, "a"), Path.Combine(folder, "b"));

        Assert.NotEqual(empty, one);
        Assert.NotEqual(one, Hash(hash => hash.AddTree(folder)));
    }

    [Fact]
    public void A_file_by_its_stamp_changes_with_its_size_or_its_time()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "1");
        var before = Hash(hash => hash.AddFileStamp(file));
        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddSeconds(1));

        Assert.NotEqual(before, Hash(hash => hash.AddFileStamp(file)));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Hash(Action<InputHash> add)
    {
        using var hash = new InputHash();
        add(hash);
        return hash.ToString();
    }
}

using System.Text;

namespace KubePivot.Tests.Assets;

/// <summary>Compares with files under <c>Golden/</c>; <c>UPDATE_GOLDEN=1</c> rewrites them, never in CI.</summary>
internal static class Golden
{
    public static string Folder { get; } = FolderOf("Assets");

    /// <param name="part">Folder of the tests, as in <c>Machines</c>.</param>
    public static string FolderOf(string part) => Path.Combine(Scenarios.Checkout.Root, "tests", "KubePivot.Tests", part, "Golden");

    public static void Matches(string name, string actual) => Matches("Assets", name, actual);

    /// <param name="part">Folder of the tests, as in <c>Machines</c>.</param>
    public static void Matches(string part, string name, string actual)
    {
        var file = Path.Combine(FolderOf(part), name + ".golden");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, "UPDATE_GOLDEN is set in CI, where golden files are a judge, not an output.");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, actual, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        }

        Assert.True(File.Exists(file), $"There is no golden file {name}: look at the new output after UPDATE_GOLDEN=1.");
        Assert.Equal(File.ReadAllText(file), actual);
    }
}

namespace KubePivot.Tests.Assets;

/// <summary>A copy of the templates that a test may break; gone when the test ends.</summary>
internal sealed class TemporaryCheckout : IDisposable
{
    public TemporaryCheckout()
    {
        Paths = new ClusterPaths(Directory.CreateTempSubdirectory("kubepivot-assets-").FullName);
        foreach (var file in Directory.GetFiles(Scenarios.Checkout.Templates, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(Paths.Templates, Path.GetRelativePath(Scenarios.Checkout.Templates, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public ClusterPaths Paths { get; }

    public string this[string template] => Path.Combine(Paths.Templates, template);

    public TemporaryCheckout Write(string template, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[template])!);
        File.WriteAllText(this[template], text);
        return this;
    }

    public TemporaryCheckout Replace(string template, string old, string replacement)
    {
        var text = File.ReadAllText(this[template]);
        Assert.Contains(old, text, StringComparison.Ordinal);
        return Write(template, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Paths.Root, recursive: true);
}

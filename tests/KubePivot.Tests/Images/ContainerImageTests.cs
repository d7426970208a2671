using System.Formats.Tar;
using System.Text.Json;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class ContainerImageTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void A_program_lies_in_its_layer_executable_under_its_path()
    {
        var entries = Entries(Layer());

        Assert.Equal(["usr/", "usr/local/", "usr/local/bin/", "usr/local/bin/kube-proxy"], entries.Select(entry => entry.Name));
        Assert.Equal("the program", entries[^1].Text);
        Assert.True(entries[^1].Mode.HasFlag(UnixFileMode.OtherExecute));
    }

    [Fact]
    public void An_archive_names_its_reference_and_lists_each_layer_by_the_hash_of_its_content()
    {
        var layer = Layer();
        var entries = Entries(Image(layer));
        var manifest = JsonDocument.Parse(entries.Single(entry => entry.Name == "manifest.json").Text).RootElement[0];
        var configuration = JsonDocument.Parse(entries.Single(entry => entry.Name == manifest.GetProperty("Config").GetString()).Text).RootElement;

        Assert.Equal("kubepivot.local/kube-proxy:v1.20.2", manifest.GetProperty("RepoTags")[0].GetString());
        Assert.Equal($"{Checksums.Hash(layer)}/layer.tar", manifest.GetProperty("Layers")[0].GetString());
        Assert.Equal($"sha256:{Checksums.Hash(layer)}", configuration.GetProperty("rootfs").GetProperty("diff_ids")[0].GetString());
        Assert.Equal("amd64", configuration.GetProperty("architecture").GetString());
        Assert.Equal("/usr/local/bin/kube-proxy", configuration.GetProperty("config").GetProperty("Entrypoint")[0].GetString());
    }

    [Fact]
    public void The_same_program_gives_the_same_bytes() =>
        Assert.Equal(File.ReadAllBytes(Image(Layer("a"))), File.ReadAllBytes(Image(Layer("b"))));

    /// <summary>.NET calls the headers of its pax archives <c>PaxHeaders.</c>, and the id of the process that writes them.</summary>
    [Fact]
    public void Another_process_writes_the_same_bytes() =>
        Assert.DoesNotContain("PaxHeaders", File.ReadAllText(Image(Layer()), System.Text.Encoding.Latin1), StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Layer(string name = "layer")
    {
        var program = Path.Combine(folder, "program");
        File.WriteAllText(program, "the program");
        var layer = Path.Combine(folder, $"{name}.tar");
        ContainerImage.WriteProgramLayer(layer, program, "usr/local/bin/kube-proxy");
        return layer;
    }

    private static string Image(string layer)
    {
        var file = $"{layer}.image";
        new ContainerImage("kubepivot.local/kube-proxy:v1.20.2", "amd64").WithLayer(layer).WithEntrypoint("/usr/local/bin/kube-proxy").Save(file);
        return file;
    }

    private static List<(string Name, UnixFileMode Mode, string Text)> Entries(string tar)
    {
        var entries = new List<(string, UnixFileMode, string)>();
        using var reader = new TarReader(File.OpenRead(tar));
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add((entry.Name, entry.Mode, entry.DataStream == null ? "" : new StreamReader(entry.DataStream).ReadToEnd()));
        }

        return entries;
    }
}

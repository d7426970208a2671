using System.Formats.Tar;
using KubePivot.Bootkube;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class PodCheckpointerImageTests : IDisposable
{
    private const string Reference = "kubepivot.local/pod-checkpointer:0123456789abcdef";

    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-image-").FullName;

    private string Program => Path.Combine(folder, "bootkube");

    [Fact]
    public void The_image_holds_the_program_and_the_way_to_the_nodes_libraries()
    {
        File.WriteAllText(Program, "the node program");

        var archive = PodCheckpointerImage.Ensure(Reference, Program);

        Assert.Equal([Reference], Assert.Single(ImageArchive.Read(archive)).References);
        Assert.Equal(["lib -> usr/lib", "lib64 -> usr/lib64", "bootkube: the node program"], Layer(archive));
        Assert.Equal(Checksums.Hash(archive), BootkubeBuild.HashOf(archive));
        Assert.Equal(["bootkube", "pod-checkpointer.tar", "pod-checkpointer.tar.sha256"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void It_is_made_once()
    {
        File.WriteAllText(Program, "the node program");
        var first = File.GetLastWriteTimeUtc(PodCheckpointerImage.Ensure(Reference, Program));
        File.Delete(Program);

        Assert.Equal(first, File.GetLastWriteTimeUtc(PodCheckpointerImage.Ensure(Reference, Program)));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static List<string> Layer(string archive)
    {
        using var reader = new TarReader(File.OpenRead(archive));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name.EndsWith("/layer.tar", StringComparison.Ordinal))
            {
                var entries = new List<string>();
                using var layer = new TarReader(entry.DataStream!);
                while (layer.GetNextEntry() is { } file)
                {
                    entries.Add(file.EntryType == TarEntryType.SymbolicLink ? $"{file.Name} -> {file.LinkName}" : $"{file.Name}: {new StreamReader(file.DataStream!).ReadToEnd()}");
                }

                return entries;
            }
        }

        throw new InvalidDataException($"{archive} holds no layer");
    }
}

using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text;
using KubePivot.Assets;

namespace KubePivot.Nodes;

/// <summary>Writes what write-files.sh reads: its instructions, then the files of a rendered tree as a tar archive.</summary>
/// <param name="tree">Folder of the node's rendered tree.</param>
internal sealed class NodeFilesWriter(string tree, NodeChanges changes)
{
    /// <exception cref="StageException">A file of the tree is not the one that its manifest names.</exception>
    public void WriteTo(Stream stream)
    {
        stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', Instructions()) + "\ntar\n"));
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
        foreach (var file in changes.Write)
        {
            using var content = Open(file);
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, Beside(file.Path)) { Mode = (UnixFileMode)Convert.ToInt32(file.Mode, 8), DataStream = content });
        }
    }

    /// <summary>Folders that the files lie in, outermost first. One that holds secrets is theirs alone: 0700, of their owner.</summary>
    internal static IEnumerable<(string Path, string Mode, string Owner)> Folders(IEnumerable<NodeFile> files)
    {
        var folders = new SortedDictionary<string, (string Mode, string Owner)>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            for (var folder = Path.GetDirectoryName(file.Path)!; folder.Length > 1; folder = Path.GetDirectoryName(folder)!)
            {
                folders.TryAdd(folder, ("0755", "root:root"));
            }

            if (IsSecret(file) && Path.GetDirectoryName(file.Path) is { Length: > 1 } own)
            {
                folders[own] = ("0700", file.Owner);
            }
        }

        return folders.Select(folder => (folder.Key, folder.Value.Mode, folder.Value.Owner));
    }

    private static bool IsSecret(NodeFile file) => (Convert.ToInt32(file.Mode, 8) & 0b000_111_111) == 0;

    private static string Beside(string path) => $"{Path.GetDirectoryName(path)}/.{Path.GetFileName(path)}.kubepivot-new".TrimStart('/');

    private IEnumerable<string> Instructions() =>
    [
        .. changes.During.Lines().Select(line => $"applied {line}"),
        .. changes.Settled.Lines().Select(line => $"settled {line}"),
        .. Folders(changes.Write).Select(folder => $"folder {folder.Mode} {folder.Owner} {folder.Path[1..]}"),
        .. changes.Write.Select(file => $"file {file.Owner} {file.Sha256} {file.Path[1..]}"),
        .. changes.Remove.Select(path => $"remove {path[1..]}"),
    ];

    private FileStream Open(NodeFile file)
    {
        var path = tree + file.Path;
        FileStream content;
        try
        {
            content = File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path} cannot be read: {exception.Message} Run ./build.sh RenderAssets --force.", exception);
        }

        if (Convert.ToHexStringLower(SHA256.HashData(content)) != file.Sha256)
        {
            content.Dispose();
            throw new StageException($"{path} is not the file that was rendered (its hash is not the one in the manifest). Run ./build.sh RenderAssets --force.");
        }

        content.Position = 0;
        return content;
    }
}

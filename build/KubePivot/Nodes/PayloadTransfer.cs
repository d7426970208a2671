using System.Formats.Tar;
using System.Text;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Stages;

namespace KubePivot.Nodes;

/// <summary>Gives a node its programs and container images, once. Machines of provider lxc are born with them.</summary>
internal sealed class PayloadTransfer(StageContext context, NodePayload payload)
{
    /// <summary>Whether a node lacks this payload.</summary>
    /// <exception cref="StageException">It does, and it is a machine that should have been born with it.</exception>
    public bool IsNeeded(NodeUnderConstruction node)
    {
        var needed = node.Found.Payload != payload.Hash;
        return needed && context.Cluster.Provider == MachineProvider.Lxc
            ? throw new StageException(
                $"{node.Node.Name}: the machine holds {(node.Found.Payload.Length == 0 ? "no Kubernetes" : $"another Kubernetes (stamp {Short(node.Found.Payload)}, expected {Short(payload.Hash)})")}: it was made from another box. Make it anew: ./build.sh Destroy, then ./build.sh Bootstrap.")
            : needed;
    }

    /// <summary>Sends it. A kubelet that runs is an older one afterwards: its restart is left to the caller, and noted on the node until it is done.</summary>
    /// <exception cref="StageException">Not written, or not imported: with the words of the tool that failed.</exception>
    public async Task SendAsync(NodeUnderConstruction node, string root)
    {
        var megabytes = Files.Sum(file => new FileInfo(payload.PathOf(file)).Length) >> 20;
        context.Reporter.Info($"copying {payload.Programs.Count} programs and {payload.Images.Count} images ({megabytes} MiB)", node.Node.Name);
        var result = await node.Connection.RunAsync(
            NodeProgram.CommandLine("write-payload", [root, payload.Hash, node.Found.IsUp(KubeletRollingRestart.Unit) ? AppliedRecord.RestartLine(KubeletRollingRestart.Unit) : "", .. Files]),
            Write,
            line => context.Reporter.Info(line, node.Node.Name),
            "bash write-payload",
            context.CancellationToken).ConfigureAwait(false);
        WriteFailure.ThrowIfFailed(result);
    }

    private IReadOnlyList<string> Files => [.. payload.Programs, .. payload.Images];

    private void Write(Stream stream)
    {
        using var tar = new TarWriter(stream, TarEntryFormat.Ustar, leaveOpen: true);
        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, Checksums.FileName) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(payload.ChecksumsText)) });
        foreach (var file in Files)
        {
            using var content = File.OpenRead(payload.PathOf(file));
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, file) { DataStream = content });
        }
    }

    private static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}

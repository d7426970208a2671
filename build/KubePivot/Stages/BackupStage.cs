using System.Globalization;
using System.Security.Cryptography;
using KubePivot.Configuration;
using KubePivot.Etcd;
using KubePivot.Files;
using KubePivot.Nodes;
using KubePivot.Pki;
using KubePivot.Ssh;

namespace KubePivot.Stages;

/// <summary>
/// Writes a snapshot of etcd, all that the cluster knows, with its hash; taken through TLS on the first master whose etcd is healthy.
/// Keys and certificates are in it, as Secrets: these are encrypted with a key that is not in it, but in the PKI. The file is for root alone.
/// </summary>
/// <param name="folder">Where the backup is put; made with mode 0700.</param>
public sealed class BackupStage(StageContext context, string folder)
{
    /// <exception cref="StageException">No master could give a snapshot: what each of them said.</exception>
    public async Task RunAsync()
    {
        var refusals = new List<string>();
        foreach (var master in context.Cluster.Nodes.Where(node => node.IsMaster))
        {
            try
            {
                await BackUpAsync(master).ConfigureAwait(false);
                return;
            }
            catch (StageException exception)
            {
                refusals.Add(exception.Message);
            }
        }

        throw new StageException($"No master could give a snapshot of etcd:{Environment.NewLine}{string.Join(Environment.NewLine, refusals)}");
    }

    private async Task BackUpAsync(Node master)
    {
        using var step = context.Reporter.Step("back up etcd", master.Name);
        var layout = context.LayoutOf(master);
        var taken = context.Clock.GetUtcNow();
        await using var connection = await NodeConnection.ConnectAsync(context, master).ConfigureAwait(false);
        var said = (await connection.RunAsync(
                NodeProgram.CommandLine("save-etcd-snapshot", layout.Root, $"{layout.EtcdClientPort}"), shown: "bash save-etcd-snapshot", cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("could not take a snapshot of etcd").StandardOutput;
        var (snapshot, remote) = Parse(said, master, taken);
        try
        {
            var file = await FetchAsync(connection, snapshot, remote).ConfigureAwait(false);
            context.Reporter.Info($"{file}: {snapshot}");
        }
        finally
        {
            await connection.RunAsync($"rm -f {remote}", cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }
    }

    private (EtcdSnapshot Snapshot, string File) Parse(string said, Node master, DateTimeOffset taken)
    {
        try
        {
            var (snapshot, file) = EtcdSnapshot.Parse(said, context.Cluster.Spec.Name, master.Name, taken);
            return (snapshot with { EncryptionKeys = new EncryptionKeyFile(context.Paths).NamesInUse() }, file);
        }
        catch (FormatException exception)
        {
            throw new StageException($"{master.Name}: {exception.Message}", exception);
        }
    }

    /// <summary>Into a file of another name until it is whole and as the node said.</summary>
    private async Task<string> FetchAsync(NodeConnection connection, EtcdSnapshot snapshot, string remote)
    {
        AtomicFile.CreateSecretFolder(folder);
        var file = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"etcd-{snapshot.Taken:yyyyMMdd'T'HHmmss}Z.db"));
        var part = $"{file}.part";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            await using (var content = new FileStream(part, options))
            {
                (await connection.CopyOutputAsync($"cat {remote}", content, cancellationToken: context.CancellationToken).ConfigureAwait(false)).ThrowOnFailure("could not fetch the snapshot");
                content.Position = 0;
                var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, context.CancellationToken).ConfigureAwait(false));
                if (sha256 != snapshot.Sha256)
                {
                    throw new StageException($"{connection.Node}: the snapshot arrived with {content.Length} of {snapshot.Bytes} bytes and SHA-256 {sha256}, expected {snapshot.Sha256}.");
                }

                content.Flush(flushToDisk: true);
            }

            snapshot.Save(file);
            File.Move(part, file, overwrite: true);
            return file;
        }
        finally
        {
            File.Delete(part);
        }
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.Pki;

namespace KubePivot.Etcd;

/// <summary>What is known of a backup; lies beside it, with the suffix <c>.json</c>.</summary>
/// <param name="Cluster">Its name in cluster.yaml.</param>
/// <param name="Taken">When, UTC.</param>
/// <param name="Node">The master that it was taken on.</param>
/// <param name="Etcd">Version of etcd, as in <c>3.4.23</c>.</param>
/// <param name="Revision">etcd's revision: grows by one with each change.</param>
/// <param name="Keys">Number of keys, about one an object.</param>
/// <param name="Sha256">Of the snapshot, lower-case hexadecimal.</param>
/// <param name="Bytes">Size of the snapshot.</param>
public sealed record EtcdSnapshot(string Cluster, DateTimeOffset Taken, string Node, string Etcd, long Revision, long Keys, string Sha256, long Bytes)
{
    /// <summary>Names of the keys that its Secrets may be encrypted with; empty: with none, or that is not known.</summary>
    /// <remarks>Descriptions of older versions lack it, and then it is set to null when one is read.</remarks>
    public IReadOnlyList<string> EncryptionKeys { get; init => field = value ?? []; } = [];

    /// <summary>Reads what the program save-etcd-snapshot.sh says.</summary>
    /// <returns>The snapshot, and the file on the node.</returns>
    /// <exception cref="FormatException">It is something else.</exception>
    public static (EtcdSnapshot Snapshot, string File) Parse(string output, string cluster, string node, DateTimeOffset taken)
    {
        var values = output.Split('\n').Select(line => line.Split('=', 2)).Where(words => words.Length == 2).ToDictionary(words => words[0], words => words[1].Trim());
        try
        {
            using var status = JsonDocument.Parse(values["Status"]);
            return (new EtcdSnapshot(
                cluster, taken, node, values["Etcd"],
                status.RootElement.GetProperty("revision").GetInt64(), status.RootElement.GetProperty("totalKey").GetInt64(),
                values["Sha256"], long.Parse(values["Bytes"], NumberStyles.None, CultureInfo.InvariantCulture)), values["File"]);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or JsonException or InvalidOperationException or FormatException)
        {
            throw new FormatException($"etcd's snapshot is not described as expected: {exception.Message}", exception);
        }
    }

    /// <summary>The description's file.</summary>
    public static string DescriptionOf(string snapshot) => $"{snapshot}.json";

    /// <summary>Opens a backup and compares it with its description, if it has one: a snapshot of etcdctl's own making will do as well.</summary>
    /// <param name="file">The snapshot.</param>
    /// <exception cref="InvalidInputException">It is missing, was altered, or is another cluster's.</exception>
    public static EtcdSnapshot Load(string file, Cluster cluster)
    {
        if (!File.Exists(file))
        {
            throw new InvalidInputException($"--snapshot: there is no file {file}. ./build.sh Backup writes such files into the folder backups.");
        }

        using var content = File.OpenRead(file);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        var described = Described(DescriptionOf(file));
        if (described == null)
        {
            return new EtcdSnapshot(cluster.Spec.Name, File.GetLastWriteTimeUtc(file), "", "", 0, 0, sha256, content.Length);
        }

        if (described.Sha256 != sha256)
        {
            throw new InvalidInputException(
                $"--snapshot: {file} is not what was backed up: its SHA-256 is {sha256} ({content.Length} bytes), {DescriptionOf(file)} says {described.Sha256} ({described.Bytes} bytes). Take another backup. Nothing was changed.");
        }

        return described.Cluster == cluster.Spec.Name
            ? described
            : throw new InvalidInputException($"--snapshot: {file} is a backup of the cluster '{described.Cluster}', and this one is '{cluster.Spec.Name}'. Nothing was changed.");
    }

    /// <summary>Makes sure that the Secrets of this backup can be read again.</summary>
    /// <param name="file">The backup.</param>
    /// <exception cref="InvalidInputException">A key is neither in use nor kept aside.</exception>
    public void ThrowIfUnreadable(string file, EncryptionKeyFile keys)
    {
        var missing = EncryptionKeys.Except(keys.Find(EncryptionKeys).Select(key => key.Name)).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidInputException(
                $"--snapshot: Secrets in {file} are encrypted with {string.Join(", ", missing)}, which is neither in .cluster/pki/{EncryptionKeyFile.Name} nor in a file of that name in a folder .cluster/pki-TIME: nobody could read them. Put the PKI of that time back, as .cluster/pki-TIME. Nothing was changed.");
        }
    }

    /// <summary>Writes the description beside the snapshot.</summary>
    public void Save(string snapshot) => AtomicFile.WriteSecret(DescriptionOf(snapshot), JsonSerializer.Serialize(this, EtcdJson.Default.EtcdSnapshot) + "\n");

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Taken:yyyy-MM-dd HH:mm}Z{(Keys == 0 ? "" : $", revision {Revision}, {Keys} keys")}, {Bytes / 1048576.0:0.0} MiB");

    private static EtcdSnapshot? Described(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), EtcdJson.Default.EtcdSnapshot) : null;
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"--snapshot: {file} does not describe a backup: {exception.Message} Delete it to use the backup unchecked but for etcd's own hash.");
        }
    }
}

[JsonSerializable(typeof(EtcdSnapshot))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
internal sealed partial class EtcdJson : JsonSerializerContext;

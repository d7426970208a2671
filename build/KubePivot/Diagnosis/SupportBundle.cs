using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using KubePivot.Files;

namespace KubePivot.Diagnosis;

/// <summary>A support bundle in the making. Takes files, findings and moments from all nodes at once, and lets no secret in.</summary>
public sealed class SupportBundle(KnownSecrets secrets)
{
    /// <summary>Characters of a file; of more the end is kept, where the latest stands.</summary>
    private const int LongestFile = 512 * 1024;

    private readonly ConcurrentDictionary<string, SupportFile> files = new(StringComparer.Ordinal);

    private readonly ConcurrentQueue<SupportFinding> findings = new();

    private readonly ConcurrentQueue<TimelineMoment> moments = new();

    /// <summary>In the order of their paths.</summary>
    public IReadOnlyList<SupportFile> Files => [.. files.Values.OrderBy(file => file.Path, StringComparer.Ordinal)];

    public IReadOnlyList<SupportFinding> Findings => [.. findings.Distinct().OrderBy(finding => finding.Where ?? "", StringComparer.Ordinal)];

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<TimelineMoment> Moments => [.. moments.OrderBy(moment => moment.Time)];

    /// <summary>Adds a file, bounded and masked. One that holds a secret all the same is left out, which is a finding.</summary>
    /// <param name="path">Relative, with <c>/</c>.</param>
    /// <param name="evidence">It tells what happened: a log, an answer.</param>
    public void Add(string path, string text, bool evidence = false)
    {
        var shown = Redaction.Of(text.Length > LongestFile ? $"(the last {LongestFile} of {text.Length} characters)\n{text[^LongestFile..]}" : text);
        if (secrets.FindIn($"{path}\n{shown}") is { } secret)
        {
            Find(null, $"{path} held a secret ({secret}) and was left out", "Who wrote it there should not have");
            shown = $"Left out: it held a secret ({secret}).\n";
        }

        files[path] = new SupportFile(path, shown.EndsWith('\n') ? shown : $"{shown}\n", evidence);
    }

    /// <param name="where">Name of the node; null: the cluster, or the build host.</param>
    public void Find(string? where, string what, string? remedy = null) => findings.Enqueue(new SupportFinding(where, Redaction.Of(what), remedy));

    public void Happened(IEnumerable<TimelineMoment> happened)
    {
        foreach (var moment in happened)
        {
            moments.Enqueue(moment);
        }
    }

    /// <summary>Writes the bundle: mode 0600, in a folder of mode 0700.</summary>
    /// <param name="file">Full path of a <c>.tar.gz</c>.</param>
    /// <param name="made">The time of its files.</param>
    /// <param name="allSecrets">Read anew: a build may have made more of them meanwhile.</param>
    /// <returns>Its size in bytes.</returns>
    /// <exception cref="StageException">A secret was found in what was about to be written; nothing is.</exception>
    public long Write(string file, DateTimeOffset made, KnownSecrets allSecrets)
    {
        using var archive = new MemoryStream();
        Pack(archive, Path.GetFileName(file).Split(".tar")[0], made);
        archive.Position = 0;
        if (allSecrets.FindIn(archive) is { } found)
        {
            throw new StageException($"The support bundle was not written: {found.File} in it would have held a secret ({found.Secret}). This is a fault of Diagnose, please report it; the logs can be read on the machines.");
        }

        AtomicFile.CreateSecretFolder(Path.GetDirectoryName(file)!);
        AtomicFile.WriteSecret(file, archive.GetBuffer().AsSpan(0, (int)archive.Length), flushToDisk: false);
        return archive.Length;
    }

    private void Pack(Stream into, string folder, DateTimeOffset made)
    {
        using var packed = new GZipStream(into, CompressionLevel.Optimal, leaveOpen: true);
        using var tar = new TarWriter(packed);
        foreach (var file in Files)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, $"{folder}/{file.Path}")
            {
                Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                ModificationTime = made,
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(file.Text)),
            });
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using KubePivot.Files;

namespace KubePivot.Pki;

/// <summary>
/// Changes many files of the PKI folder as one. New files are written into <c>pki.next</c>; then a journal is written there, which
/// decides: without it nothing has happened, with it the change is carried through, by this run or by the next one. So a torn pair
/// of key and certificate can only be there while a journal is, and one without a journal is somebody else's damage.
/// </summary>
/// <param name="folder">The PKI folder; <c>pki.next</c> and the folders of what is kept aside lie beside it.</param>
public sealed class PkiTransaction(string folder)
{
    private readonly string state = Path.GetDirectoryName(Path.GetFullPath(folder))!;

    /// <summary>Where new files wait.</summary>
    private string Next => $"{folder}.next";

    private string JournalFile => Path.Combine(Next, "journal.json");

    /// <summary>Whether a run was interrupted while it changed files; <see cref="Recover"/> sets that right.</summary>
    public static bool IsPending(string folder) => File.Exists(Path.Combine($"{folder}.next", "journal.json"));

    /// <summary>Carries an interrupted change through, or clears away one that had not been decided.</summary>
    /// <returns>Whether there was a change to carry through.</returns>
    /// <exception cref="PkiException">The disk refuses.</exception>
    public bool Recover() => Guarded(() =>
    {
        if (!Directory.Exists(Next))
        {
            return false;
        }

        var pending = File.Exists(JournalFile);
        if (pending)
        {
            CarryThrough(ReadJournal());
        }

        Directory.Delete(Next, recursive: true);
        return pending;
    });

    /// <summary>Makes a change: all of it, or nothing.</summary>
    /// <param name="files">New files by name, with their content; what ends in <c>.key</c> is a secret.</param>
    /// <param name="retired">Files to keep aside, replaced ones included.</param>
    /// <param name="now">Names the folder of what is kept aside.</param>
    /// <returns>That folder, or null if nothing was retired.</returns>
    /// <exception cref="PkiException">The disk refuses: what was there is as it was, or the next run finishes the change.</exception>
    public string? Commit(IReadOnlyDictionary<string, string> files, IReadOnlyCollection<string> retired, DateTimeOffset now)
    {
        var journal = new Journal(retired.Count == 0 ? null : AsideName(now), [.. files.Keys], [.. retired]);
        Guarded(() =>
        {
            AtomicFile.CreateSecretFolder(state);
            AtomicFile.CreateSecretFolder(Next);
            Parallel.ForEach(files, file =>
            {
                var path = Path.Combine(Next, file.Key);
                if (file.Key.EndsWith(".key", StringComparison.Ordinal))
                {
                    AtomicFile.WriteSecret(path, file.Value);
                }
                else
                {
                    AtomicFile.Write(path, file.Value);
                }
            });
            AtomicFile.WriteSecret(JournalFile, JsonSerializer.Serialize(journal, JournalJson.Default.Journal));
            CarryThrough(journal);
            Directory.Delete(Next, recursive: true);
            return true;
        });
        return journal.Aside == null ? null : Path.Combine(state, journal.Aside);
    }

    /// <summary>Each step looks at what is there, so that repeating all of it from any point ends the same.</summary>
    private void CarryThrough(Journal journal)
    {
        AtomicFile.CreateSecretFolder(folder);
        if (journal.Aside != null)
        {
            var aside = Path.Combine(state, journal.Aside);
            AtomicFile.CreateSecretFolder(aside);
            foreach (var file in journal.Retired.Where(file => !File.Exists(Path.Combine(aside, file)) && File.Exists(Path.Combine(folder, file))))
            {
                File.Move(Path.Combine(folder, file), Path.Combine(aside, file));
            }
        }

        foreach (var file in journal.Files.Where(file => File.Exists(Path.Combine(Next, file))))
        {
            File.Move(Path.Combine(Next, file), Path.Combine(folder, file), overwrite: true);
        }
    }

    private Journal ReadJournal()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(JournalFile), JournalJson.Default.Journal) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new InvalidInputException($"{JournalFile} is damaged. Move the folder {Next} away, then run ./build.sh GeneratePki again; it says what is missing.");
        }
    }

    /// <summary>A name that is not taken: two changes may fall into one second.</summary>
    private string AsideName(DateTimeOffset now)
    {
        var name = $"{Path.GetFileName(folder)}-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}";
        return Enumerable.Range(1, int.MaxValue).Select(number => number == 1 ? name : $"{name}-{number}").First(free => !Path.Exists(Path.Combine(state, free)));
    }

    /// <summary>A full disk gets its room back; where that fails too, the next run does it.</summary>
    private void TryDeleteNext()
    {
        try
        {
            Directory.Delete(Next, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The exception that brought us here says more.
        }
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception exception) when ((exception as AggregateException)?.InnerException is IOException or UnauthorizedAccessException || exception is IOException or UnauthorizedAccessException)
        {
            var reason = (exception as AggregateException)?.InnerException ?? exception;
            var decided = File.Exists(JournalFile);
            var left = decided ? "The next run finishes what this one began." : "The certificates and keys that were there are untouched.";
            if (!decided)
            {
                TryDeleteNext();
            }

            throw new PkiException($"Could not write the PKI in {folder}: {reason.Message} Make room, or let this user write there, then run ./build.sh GeneratePki again. {left}", exception);
        }
    }
}

/// <summary>A decided change of the PKI folder.</summary>
/// <param name="Aside">Name of the folder, beside the PKI folder, that takes what is retired; null if nothing is.</param>
/// <param name="Files">Names of the files to move in.</param>
/// <param name="Retired">Names of the files to keep aside before that.</param>
internal sealed record Journal(string? Aside, IReadOnlyList<string> Files, IReadOnlyList<string> Retired);

[JsonSerializable(typeof(Journal))]
internal sealed partial class JournalJson : JsonSerializerContext;

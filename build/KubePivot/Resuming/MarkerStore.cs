using System.Text.Json;
using KubePivot.Files;

namespace KubePivot.Resuming;

/// <summary>The marker files of one cluster. Deleting any of them at any moment is safe.</summary>
/// <param name="folder">Where they lie: <c>.cluster/markers</c>.</param>
public sealed class MarkerStore(string folder)
{
    /// <summary>Whether somebody asked, by a hand-made file <c>TARGET.skip</c>, that the target be skipped always.</summary>
    public bool HasSkipFile(string target) => File.Exists(Path.Combine(folder, $"{target}.skip"));

    /// <summary>The marker of a target, or null if it has not run to its end.</summary>
    /// <exception cref="InvalidInputException">There is a file, and it is no marker.</exception>
    public Marker? Load(string target)
    {
        var file = FileOf(target);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), MarkerJson.Default.Marker) : null;
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException(
                $"{file} is no marker of {target} ({exception.Message.Split('.')[0]}). Delete the file: {target} then runs again, which is safe.");
        }
    }

    public void Save(Marker marker)
    {
        AtomicFile.CreateSecretFolder(Path.GetDirectoryName(folder)!);
        AtomicFile.Write(FileOf(marker.Target), JsonSerializer.Serialize(marker, MarkerJson.Default.Marker) + "\n");
    }

    /// <summary>Removes a target's marker, if there is one.</summary>
    public void Delete(string target)
    {
        if (Directory.Exists(folder))
        {
            File.Delete(FileOf(target));
        }
    }

    private string FileOf(string target) => Path.Combine(folder, $"{target}.done");
}

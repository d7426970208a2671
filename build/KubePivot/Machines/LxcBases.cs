using KubePivot.Files;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>Boxes unpacked on this host, which the containers' overlays lie over. The box's template makes them (see <c>lxc-template</c>).</summary>
public static class LxcBases
{
    /// <summary>Known to the template too.</summary>
    public const string Folder = "/var/cache/lxc/kubepivot";

    /// <summary>Waits until no container is being made from an unpacked box, by whatever process.</summary>
    public static async Task AwaitTemplatesAsync(StageContext context)
    {
        foreach (var file in Directory.Exists(Folder) ? Directory.GetFiles(Folder, "*.lock") : [])
        {
            (await FileLock.AcquireAsync(
                file, context.Clock, () => context.Reporter.Info("Waiting for a machine that is being made"), context.CancellationToken).ConfigureAwait(false)).Dispose();
        }
    }

    /// <summary>Removes unpacked boxes that no container uses and that are older than a day: a younger one may be about to be used.</summary>
    /// <param name="current">Fingerprint of the box in use, which stays.</param>
    public static async Task RemoveUnusedAsync(StageContext context, string current)
    {
        var lxc = new LxcFolder();
        var old = Directory.Exists(Folder)
            ? Directory.EnumerateDirectories(Folder).Where(folder =>
                Path.GetFileName(folder) != current && context.Clock.GetUtcNow() - Directory.GetLastWriteTimeUtc(folder) > TimeSpan.FromDays(1))
            : [];
        foreach (var folder in old)
        {
            // Who makes a container from it holds this lock until the container's configuration names it.
            using var exclusive = await FileLock.AcquireAsync($"{folder}.lock", context.Clock, cancellationToken: context.CancellationToken).ConfigureAwait(false);
            if (!lxc.AnyConfigurationMentions($"{folder}:"))
            {
                context.Reporter.Detail($"Removing {folder}: no machine uses it");
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}

using KubePivot.Files;
using KubePivot.Stages;

namespace KubePivot.Machines;

/// <summary>The boxes that this project made and gave to Vagrant. Their names hold their fingerprint: a box never changes under its name.</summary>
public sealed class VagrantBoxes(StageContext context)
{
    private const string Prefix = "kubepivot-";

    /// <summary>Name of a box file's box: <c>kubepivot-</c> and the file's name, which is the box's fingerprint.</summary>
    public static string NameOf(string boxFile) => Prefix + Path.GetFileNameWithoutExtension(boxFile);

    /// <summary>Gives a box file to Vagrant unless it has it, and removes the boxes of ours that no machine uses any more.</summary>
    /// <returns>The box's name.</returns>
    public async Task<string> EnsureAddedAsync(string boxFile, string provider)
    {
        var name = NameOf(boxFile);
        using var exclusive = await FileLock.AcquireAsync(
            Path.Combine(VagrantHome.Folder, "kubepivot.lock"),
            context.Clock,
            () => context.Reporter.Info("Waiting for another build that is adding a box to Vagrant"),
            context.CancellationToken).ConfigureAwait(false);
        if (!VagrantHome.HasBox(name, provider))
        {
            var added = await new Vagrant(context).RunAsync("box", "add", "--force", "--provider", provider, "--name", name, boxFile).ConfigureAwait(false);
            added.ThrowOnFailure("The box could not be added to Vagrant", $"Is there space left? The box is {boxFile}.");
        }

        await RemoveUnusedAsync(name, provider).ConfigureAwait(false);
        return name;
    }

    /// <summary>Boxes younger than a day may be about to be used by another checkout.</summary>
    private async Task RemoveUnusedAsync(string current, string provider)
    {
        var lxc = new LxcFolder();
        var unused = VagrantHome.Boxes(Prefix).Where(box =>
            box != current
            && context.Clock.GetUtcNow() - Directory.GetLastWriteTimeUtc(Path.Combine(VagrantHome.Folder, "boxes", box)) > TimeSpan.FromDays(1)
            && !lxc.AnyConfigurationMentions($"/boxes/{box}/"));
        foreach (var box in unused)
        {
            var removed = await new Vagrant(context).RunAsync("box", "remove", "--force", "--provider", provider, box).ConfigureAwait(false);
            if (!removed.Succeeded)
            {
                context.Reporter.Warning($"The unused box {box} could not be removed: {removed.StandardError.Trim()}");
            }
        }

        await LxcBases.RemoveUnusedAsync(context, current[Prefix.Length..]).ConfigureAwait(false);
    }
}

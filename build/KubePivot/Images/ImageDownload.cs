using System.Globalization;
using System.Text;
using System.Text.Json;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Configuration;
using KubePivot.Files;
using KubePivot.HostPackages;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>
/// Downloads images into archives on the build host, with skopeo: through the mirrors, with the accounts and authorities of cluster.yaml,
/// as the nodes would pull them.
/// </summary>
/// <param name="files">Passwords and authorities of the registries.</param>
/// <param name="folder">Where the archives are kept; what is there already is not asked for again.</param>
public sealed class ImageDownload(StageContext context, RegistryFiles files, string folder)
{
    private RegistriesSpec Registries => context.Cluster.Spec.Registries;

    /// <summary>Makes all archives be there.</summary>
    /// <param name="images">Full names with tags, by component.</param>
    /// <returns>Their files.</returns>
    /// <exception cref="InvalidInputException">Images without a tag: an archive cannot name them.</exception>
    /// <exception cref="StageException">skopeo cannot be had, or an image cannot: with skopeo's words.</exception>
    public async Task<IReadOnlyList<string>> FetchAsync(IReadOnlyDictionary<string, string> images)
    {
        ThrowIfUntagged(images);
        await new AptPackages(context).EnsureAsync(["skopeo"], "to download images").ConfigureAwait(false);
        using var step = context.Reporter.Step("download images");
        var settings = WriteSettings(images.Values);
        try
        {
            return await FetchAsync(images, settings).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(settings, recursive: true);
        }
    }

    private async Task<IReadOnlyList<string>> FetchAsync(IReadOnlyDictionary<string, string> images, string settings)
    {
        var archives = new List<string>();
        foreach (var (component, image) in images)
        {
            var archive = Path.Combine(folder, $"{component}-{ImageReference.TryParse(image)!.Tag}.tar");
            archives.Add(archive);
            if (!File.Exists(archive))
            {
                context.Reporter.Info($"Downloading image {archives.Count} of {images.Count}: {image}");
                await FetchAsync(image, archive, settings).ConfigureAwait(false);
            }
        }

        return archives;
    }

    /// <summary>What skopeo is told of the registries (containers-registries.conf(5)); the last place is the registry itself, unless only mirrors are to be asked.</summary>
    internal static string RegistriesConfiguration(RegistriesSpec registries, IEnumerable<string> images)
    {
        var text = new StringBuilder("unqualified-search-registries = []\n");
        foreach (var registry in images.Select(image => ImageReference.TryParse(image)!.Registry).Distinct().Order(StringComparer.Ordinal))
        {
            var places = registries.PlacesOf(registry);
            text.Append(CultureInfo.InvariantCulture, $"\n[[registry]]\nprefix = \"{registry}\"\n{Place(places[^1])}");
            foreach (var mirror in places.SkipLast(1))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n[[registry.mirror]]\n{Place(mirror)}");
            }
        }

        return text.ToString();

        static string Place(string url)
        {
            var uri = new Uri(url);
            var path = uri.AbsolutePath.TrimEnd('/');
            path = path == "/v2" || path.StartsWith("/v2/", StringComparison.Ordinal) ? path["/v2".Length..] : path;
            return $"location = \"{uri.Authority}{path}\"\ninsecure = {(uri.Scheme == Uri.UriSchemeHttp ? "true" : "false")}\n";
        }
    }

    private static void ThrowIfUntagged(IReadOnlyDictionary<string, string> images)
    {
        var problems = images.Where(image => ImageReference.TryParse(image.Value)?.Tag == null)
            .Select(image => new Problem($"kubernetes.images.{image.Key}", image.Value, "must have a tag to go into a bundle: an image archive cannot name an image by its digest alone")).ToList();
        if (problems.Count > 0)
        {
            throw new InvalidInputException("The bundle cannot be made:", problems);
        }
    }

    /// <summary>Files, for a process list shows arguments.</summary>
    /// <returns>Their folder.</returns>
    private string WriteSettings(IEnumerable<string> images)
    {
        var settings = Path.Combine(folder, "settings");
        AtomicFile.CreateSecretFolder(settings);
        AtomicFile.Write(Path.Combine(settings, "registries.conf"), RegistriesConfiguration(Registries, images));
        var accounts = Registries.Credentials.ToDictionary(
            account => account.Key,
            account => new Dictionary<string, string> { ["auth"] = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.Value.Username}:{files.Passwords[account.Key]}")) });
        AtomicFile.WriteSecret(
            Path.Combine(settings, "auth.json"), JsonSerializer.Serialize(new Dictionary<string, Dictionary<string, Dictionary<string, string>>> { ["auths"] = accounts }));
        foreach (var (host, authority) in files.Authorities)
        {
            AtomicFile.Write(Path.Combine(settings, "authorities", $"{host.Replace(':', '_')}.crt"), authority);
        }

        Directory.CreateDirectory(Path.Combine(settings, "authorities"));
        return settings;
    }

    private async Task FetchAsync(string image, string archive, string settings)
    {
        var partial = $"{archive}.partial";
        File.Delete(partial);
        var reference = ImageReference.TryParse(image)!;
        var run = await LocalCommand.RunAsync(
            "skopeo",
            [
                "--insecure-policy", "--registries-conf", Path.Combine(settings, "registries.conf"), "copy", "--retry-times", "3", "--override-os", "linux", "--override-arch", KubernetesArtifacts.Architecture,
                "--src-authfile", Path.Combine(settings, "auth.json"), "--src-cert-dir", Path.Combine(settings, "authorities"),
                $"docker://{(reference.Digest == null ? reference : reference with { Tag = null })}", $"docker-archive:{partial}:{reference with { Digest = null }}",
            ],
            onLine: line => context.Reporter.Detail(line),
            cancellationToken: context.CancellationToken).ConfigureAwait(false);
        run.ThrowOnFailure($"The image {image} could not be downloaded", "Is there a way to its registry, or a mirror in cluster.yaml (registries)? What is downloaded already is kept; run this again.");
        File.Move(partial, archive);
    }
}

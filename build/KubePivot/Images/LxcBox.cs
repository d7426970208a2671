using System.Formats.Tar;
using System.Text;
using KubePivot.Commands;
using KubePivot.Files;
using KubePivot.HostPackages;
using KubePivot.Machines;
using KubePivot.Resuming;
using KubePivot.Stages;

namespace KubePivot.Images;

/// <summary>
/// The Vagrant box of provider lxc (https://github.com/fgrehm/vagrant-lxc/wiki/Base-boxes): Debian with everything a node needs, the
/// container images already inside containerd. Named by a fingerprint of what it is made of: a box never changes under its name.
/// </summary>
public sealed class LxcBox(StageContext context, KubernetesArtifacts artifacts)
{
    /// <summary>Debian packages of a machine besides those of <see cref="NodePackages"/>.</summary>
    private static readonly string[] MachinePackages =
        ["dbus", "iputils-ping", "libnss-myhostname", "openssh-server", "procps", "systemd-sysv"];

    /// <summary>Debian packages of the build host that make a box.</summary>
    private static readonly string[] BuildPackages = ["debian-archive-keyring", "mmdebstrap", "pigz"];

    private static string Folder => Path.Combine(ClusterPaths.Cache, "boxes");

    /// <summary>Path of the box's file, made or not: <c>~/.cache/kubepivot/boxes/FINGERPRINT.box</c>.</summary>
    public string BoxFile => Path.Combine(Folder, $"{Fingerprint}.box");

    /// <summary>First 16 digits of a SHA-256 of all that the box is made of.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = new InputHash();
            hash.Add("artifacts", artifacts.State).Add("release", DebianSources.Release).Add("packages", string.Join(' ', Packages));
            hash.Add("customize", CustomizeScript).Add("template", LxcTemplate.Text);
            return hash.ToString()[..16];
        }
    }

    private static IEnumerable<string> Packages => NodePackages.All.Concat(MachinePackages).Order(StringComparer.Ordinal);

    private static string CustomizeScript
    {
        get
        {
            using var reader = new StreamReader(typeof(LxcBox).Assembly.GetManifestResourceStream("lxc-box-customize.sh")!);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Makes the box unless it is there.</summary>
    /// <returns>Its file.</returns>
    public async Task<string> EnsureAsync()
    {
        var file = BoxFile;
        using var exclusive = await FileLock.AcquireAsync(
            Path.Combine(Folder, "lock"), context.Clock, () => context.Reporter.Info("Waiting for another build that is making the machines' box"), context.CancellationToken).ConfigureAwait(false);
        if (!File.Exists(file))
        {
            await MakeAsync(file).ConfigureAwait(false);
            RemoveOlderThan(file);
        }

        return file;
    }

    private async Task MakeAsync(string file)
    {
        await new AptPackages(context).EnsureAsync(BuildPackages, "to make the machines' box").ConfigureAwait(false);
        context.Reporter.Info("Making the machines' box from Debian's packages (once; about a minute)");
        using var step = context.Reporter.Step("make the box");
        var work = Path.Combine(Folder, "work");
        DeleteFolder(work);
        Directory.CreateDirectory(work);
        await MakeRootFileSystemAsync(work).ConfigureAwait(false);
        (await LocalCommand.RunAsync(
            "tar",
            ["--directory", work, "--create", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--use-compress-program=pigz -1", "--file", Path.Combine(work, "rootfs.tar.gz"), "./rootfs"],
            cancellationToken: context.CancellationToken).ConfigureAwait(false)).ThrowOnFailure("The box could not be packed", "Is there disk space?");
        Pack(work, $"{file}.partial");
        File.Move($"{file}.partial", file, overwrite: true);
        DeleteFolder(work);
    }

    private async Task MakeRootFileSystemAsync(string work)
    {
        var (sources, script) = (Path.Combine(work, "debian.sources"), Path.Combine(work, "customize"));
        AtomicFile.Write(sources, DebianSources.Deb822("deb"));
        AtomicFile.Write(script, CustomizeScript);
        var hook = $"sh {LocalCommand.Quoted(script)} \"$1\" {LocalCommand.Quoted(artifacts.Folder)} {new NodePayload(artifacts).Hash}";
        (await LocalCommand.RunAsync(
            "mmdebstrap",
            ["--variant=minbase", $"--include={string.Join(',', Packages)}", .. Mmdebstrap.LeanOptions, $"--customize-hook={hook}", DebianSources.Release, Path.Combine(work, "rootfs"), sources],
            environment: Mmdebstrap.Environment(work),
            onLine: line => context.Reporter.Detail(line),
            cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("The machines' root file system could not be made", "Does this machine reach Debian's packages? Is there disk space (about 4 GiB)? Then run this again.");
    }

    /// <summary>A box is a tar of what vagrant-lxc looks for by name.</summary>
    private void Pack(string work, string file)
    {
        using var writer = new TarWriter(File.Create(file), TarEntryFormat.Pax);
        AddText(writer, "metadata.json", $$"""{ "provider": "lxc", "version": "1.0.0", "template-opts": { "--fingerprint": "{{Fingerprint}}" } }""" + "\n");
        AddText(writer, "lxc-config", $"lxc.include = /usr/share/lxc/config/common.conf\nlxc.arch = {KubernetesArtifacts.Architecture}\n");
        AddText(writer, LxcTemplate.FileName, LxcTemplate.Text, (UnixFileMode)0b111_101_101);
        writer.WriteEntry(Path.Combine(work, "rootfs.tar.gz"), "rootfs.tar.gz");
    }

    private static void AddText(TarWriter writer, string name, string text, UnixFileMode mode = (UnixFileMode)0b110_100_100) =>
        writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = mode, DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });

    /// <summary>Keeps the box just made and the one before it, which another checkout may be at.</summary>
    private static void RemoveOlderThan(string current)
    {
        var others = Directory.EnumerateFiles(Folder, "*.box").Where(file => file != current).OrderByDescending(File.GetLastWriteTimeUtc);
        foreach (var old in others.Skip(1))
        {
            File.Delete(old);
        }
    }

    /// <summary>With rm, which does not follow links and takes what .NET will not: device files, names that are no text.</summary>
    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            LocalCommand.RunAsync("rm", ["-rf", "--one-file-system", folder]).GetAwaiter().GetResult().ThrowOnFailure($"Could not remove {folder}");
        }
    }
}

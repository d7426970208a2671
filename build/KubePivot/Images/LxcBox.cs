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
/// Made of two parts: the base, Debian without Kubernetes, which comes from Debian's packages or from a bundle; and the payload.
/// </summary>
public sealed class LxcBox(StageContext context, KubernetesArtifacts artifacts)
{
    /// <summary>Debian packages of a machine besides those of <see cref="NodePackages"/>.</summary>
    private static readonly string[] MachinePackages =
        ["dbus", "iputils-ping", "libnss-myhostname", "openssh-server", "procps", "systemd-sysv"];

    private const string BaseScript = "lxc-box-customize.sh";

    private const string PayloadScript = "lxc-box-payload.sh";

    /// <summary>Debian packages of the build host that make a box.</summary>
    private static readonly string[] BuildPackages = ["debian-archive-keyring", "mmdebstrap", "pigz"];

    /// <summary>So many boxes, of half a gigabyte each, and bases are kept besides the newest.</summary>
    private const int KeptBefore = 3;

    private static string Folder => Path.Combine(ClusterPaths.Cache, "boxes");

    /// <summary>Debian's release that the base is made of.</summary>
    private string Release => artifacts.Release.MachinesDebian;

    /// <summary>Path of the box's file, made or not: <c>~/.cache/kubepivot/boxes/FINGERPRINT.box</c>.</summary>
    public string BoxFile => Path.Combine(Folder, $"{Fingerprint}.box");

    /// <summary>First 16 digits of a SHA-256 of all that the box is made of.</summary>
    public string Fingerprint
    {
        get
        {
            using var hash = new InputHash();
            hash.Add("artifacts", artifacts.State).Add("base", BaseFingerprint).Add("payload", Script(PayloadScript)).Add("template", LxcTemplate.Text);
            return hash.ToString()[..16];
        }
    }

    private string BaseFingerprint
    {
        get
        {
            using var hash = new InputHash();
            hash.Add("release", Release).Add("packages", string.Join(' ', Packages)).Add("customize", Script(BaseScript));
            return hash.ToString()[..16];
        }
    }

    private string BaseFile => Path.Combine(Folder, $"{BaseFingerprint}.base.tar.gz");

    private static IEnumerable<string> Packages => NodePackages.All.Concat(MachinePackages).Order(StringComparer.Ordinal);

    private static string Script(string name)
    {
        using var reader = new StreamReader(typeof(LxcBox).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    /// <summary>Makes the box unless it is there.</summary>
    /// <returns>Its file.</returns>
    public async Task<string> EnsureAsync()
    {
        var file = BoxFile;
        using var exclusive = await LockAsync().ConfigureAwait(false);
        if (!File.Exists(file))
        {
            await MakeAsync(file).ConfigureAwait(false);
            RemoveOlderThan(file, "*.box");
        }

        return file;
    }

    /// <summary>Makes the base unless it is there.</summary>
    /// <returns>Its file, a tar archive with gzip.</returns>
    public async Task<string> EnsureBaseAsync()
    {
        using var exclusive = await LockAsync().ConfigureAwait(false);
        return await BaseAsync().ConfigureAwait(false);
    }

    private Task<IDisposable> LockAsync() => FileLock.AcquireAsync(
        Path.Combine(Folder, "lock"), context.Clock, () => context.Reporter.Info("Waiting for another build that is making the machines' box"), context.CancellationToken);

    private async Task<string> BaseAsync()
    {
        if (File.Exists(artifacts.MachineBase))
        {
            return artifacts.MachineBase;
        }

        if (!File.Exists(BaseFile))
        {
            await MakeBaseAsync().ConfigureAwait(false);
            RemoveOlderThan(BaseFile, "*.base.tar.gz");
        }

        return BaseFile;
    }

    private async Task MakeAsync(string file)
    {
        await new AptPackages(context).EnsureAsync(BuildPackages, "to make the machines' box").ConfigureAwait(false);
        var baseFile = await BaseAsync().ConfigureAwait(false);
        context.Reporter.Info("Putting Kubernetes into the machines' box (once; about half a minute)");
        using var step = context.Reporter.Step("make the box");
        var work = NewWorkFolder();
        var (root, script) = (Directory.CreateDirectory(Path.Combine(work, "rootfs")).FullName, Path.Combine(work, PayloadScript));
        AtomicFile.Write(script, Script(PayloadScript));
        await RunAsync("The base of the machines' box could not be unpacked", "tar", ["--directory", root, "--extract", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--use-compress-program=pigz", "--file", baseFile]).ConfigureAwait(false);
        await RunAsync("Kubernetes could not be put into the machines' box", "unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", script, root, artifacts.Folder, new NodePayload(artifacts).Hash]).ConfigureAwait(false);
        await PackRootAsync(Path.Combine(work, "rootfs.tar.gz"), work, "./rootfs").ConfigureAwait(false);
        Pack(work, $"{file}.partial");
        File.Move($"{file}.partial", file, overwrite: true);
        DeleteFolder(work);
    }

    private async Task MakeBaseAsync()
    {
        await new AptPackages(context).EnsureAsync(BuildPackages, "to make the machines' box").ConfigureAwait(false);
        context.Reporter.Info($"Making the base of the machines' box from the packages of Debian {Release} (once; about a minute)");
        using var step = context.Reporter.Step("make the base of the box");
        var work = NewWorkFolder();
        var (sources, script, root) = (Path.Combine(work, "debian.sources"), Path.Combine(work, BaseScript), Path.Combine(work, "rootfs"));
        AtomicFile.Write(sources, DebianSources.Deb822("deb", release: Release));
        AtomicFile.Write(script, Script(BaseScript));
        (await LocalCommand.RunAsync(
            "mmdebstrap",
            ["--variant=minbase", $"--include={string.Join(',', Packages)}", .. Mmdebstrap.LeanOptions, $"--customize-hook=sh {LocalCommand.Quoted(script)} \"$1\"", Release, root, sources],
            environment: Mmdebstrap.Environment(work),
            onLine: line => context.Reporter.Detail(line),
            cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure("The machines' root file system could not be made", "Does this machine reach Debian's packages? Is there disk space (about 4 GiB)? Then run this again.");
        await PackRootAsync($"{BaseFile}.partial", root, ".").ConfigureAwait(false);
        File.Move($"{BaseFile}.partial", BaseFile, overwrite: true);
        DeleteFolder(work);
    }

    private static string NewWorkFolder()
    {
        var work = Path.Combine(Folder, "work");
        DeleteFolder(work);
        return Directory.CreateDirectory(work).FullName;
    }

    private Task PackRootAsync(string file, string folder, string what) => RunAsync(
        "The machines' file system could not be packed", "tar", ["--directory", folder, "--create", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--use-compress-program=pigz -1", "--file", file, what]);

    private async Task RunAsync(string failure, string program, string[] arguments) =>
        (await LocalCommand.RunAsync(program, arguments, onLine: line => context.Reporter.Detail(line), cancellationToken: context.CancellationToken).ConfigureAwait(false))
            .ThrowOnFailure(failure, "Is there disk space (about 4 GiB)? Then run this again.");

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

    /// <summary>Keeps the file just made and those that other checkouts, or clusters of other releases, may be at.</summary>
    private static void RemoveOlderThan(string current, string pattern)
    {
        foreach (var old in Directory.EnumerateFiles(Folder, pattern).Where(file => file != current).OrderByDescending(File.GetLastWriteTimeUtc).Skip(KeptBefore))
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

using System.Formats.Tar;
using System.IO.Compression;
using KubePivot.Diagnosis;
using KubePivot.Tests.Pki;

namespace KubePivot.Tests.Diagnosis;

public sealed class SupportBundleTests : IDisposable
{
    private readonly PkiOnDisk pki = new();
    private readonly KnownSecrets none;

    public SupportBundleTests()
    {
        none = KnownSecrets.Load(pki.Paths, pki.Spec);
        pki.Generate();
    }

    public void Dispose() => pki.Dispose();

    private KnownSecrets Secrets => KnownSecrets.Load(pki.Paths, pki.Spec);

    private string BundleFile => Path.Combine(pki.Paths.Root, "support", "tds-20300101T120000Z.tar.gz");

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public void It_is_for_its_owner_alone_and_holds_what_was_added()
    {
        var bundle = new SupportBundle(Secrets);
        bundle.Add("nodes/master01/clock.txt", "12:00");

        var size = bundle.Write(BundleFile, PkiOnDisk.Start, Secrets);

        Assert.Equal(new FileInfo(BundleFile).Length, size);
        Assert.Equal((UnixFileMode)Convert.ToInt32("600", 8), File.GetUnixFileMode(BundleFile));
        Assert.Equal((UnixFileMode)Convert.ToInt32("700", 8), File.GetUnixFileMode(Path.GetDirectoryName(BundleFile)!));
        using var tar = new TarReader(new GZipStream(File.OpenRead(BundleFile), CompressionMode.Decompress));
        var entry = tar.GetNextEntry()!;
        Assert.Equal("tds-20300101T120000Z/nodes/master01/clock.txt", entry.Name);
        Assert.Equal("12:00\n", new StreamReader(entry.DataStream!).ReadToEnd());
    }

    [Fact]
    public void A_file_that_holds_a_secret_is_left_out_and_that_is_a_finding()
    {
        var bundle = new SupportBundle(Secrets);
        var line = File.ReadAllLines(pki.PathOf("ca.key"))[2];

        bundle.Add("nodes/master01/logs/pod/app-0.log", $"my key is {line}, what is yours");

        Assert.Equal("Left out: it held a secret (.cluster/pki/ca.key).\n", Assert.Single(bundle.Files).Text);
        Assert.Contains("nodes/master01/logs/pod/app-0.log held a secret (.cluster/pki/ca.key)", Assert.Single(bundle.Findings).What);
    }

    [Fact]
    public void A_bundle_in_which_a_secret_is_found_at_last_is_not_kept()
    {
        var bundle = new SupportBundle(none);
        bundle.Add("api/answer.txt", $"half of it: {File.ReadAllLines(pki.PathOf("apiserver.key"))[2]}");

        var refused = Assert.Throws<StageException>(() => bundle.Write(BundleFile, PkiOnDisk.Start, Secrets));

        Assert.Contains("api/answer.txt in it would have held a secret (.cluster/pki/apiserver.key)", refused.Message);
        Assert.DoesNotContain(File.ReadAllLines(pki.PathOf("apiserver.key"))[2], refused.Message);
        Assert.False(Directory.Exists(Path.GetDirectoryName(BundleFile)));
    }

    [Fact]
    public void A_secret_in_a_name_counts_as_well()
    {
        var bundle = new SupportBundle(none);
        bundle.Add($"nodes/{File.ReadAllLines(pki.PathOf("apiserver.key"))[2]}", "x");

        Assert.Throws<StageException>(() => bundle.Write(BundleFile, PkiOnDisk.Start, Secrets));
    }

    [Fact]
    public void Of_a_long_file_the_end_is_kept()
    {
        var bundle = new SupportBundle(none);

        bundle.Add("long.txt", $"first{new string('.', 1024 * 1024)}last");

        var text = Assert.Single(bundle.Files).Text;
        Assert.InRange(text.Length, 500 * 1024, 520 * 1024);
        Assert.StartsWith("(the last 524288 of 1048585 characters)", text, StringComparison.Ordinal);
        Assert.EndsWith("last\n", text, StringComparison.Ordinal);
    }
}

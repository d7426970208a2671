using KubePivot.Configuration;
using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

/// <summary>What GeneratePki keeps, what it issues anew, and what becomes of the old.</summary>
public sealed class ReuseTests : IDisposable
{
    private const int Leaves = 17;

    private readonly PkiOnDisk pki = new();

    public ReuseTests() => pki.Generate();

    [Fact]
    public void A_second_run_changes_nothing()
    {
        var before = pki.Contents();

        pki.Generate();

        Assert.Equal(before, pki.Contents());
        Assert.Empty(pki.Aside);
        Assert.Contains("none was issued", Assert.Single(pki.Reporter.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_for_their_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(ReadWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(pki.Paths.Pki));
        foreach (var file in Directory.GetFiles(pki.Paths.Pki, "*.key"))
        {
            Assert.Equal(ReadWrite, File.GetUnixFileMode(file));
        }
    }

    [Theory]
    [InlineData(334, 0)]
    [InlineData(335, Leaves)]
    public void A_leaf_is_kept_while_more_than_thirty_days_are_left(int daysLater, int reissued)
    {
        pki.Clock.Advance(TimeSpan.FromDays(daysLater));

        Assert.Equal(reissued, pki.ChangedBy(() => pki.Generate()).Count);
    }

    [Theory]
    [InlineData(7, 0)]
    [InlineData(8, Leaves)]
    public void A_short_lived_leaf_is_kept_while_more_than_a_third_is_left(int hoursLater, int reissued)
    {
        pki.Spec = pki.Spec with { Pki = pki.Spec.Pki with { LeafLifetime = TimeSpan.FromHours(12) } };
        Assert.Equal(Leaves, pki.ChangedBy(() => pki.Generate()).Count);
        pki.Clock.Advance(TimeSpan.FromHours(hoursLater));

        Assert.Equal(reissued, pki.ChangedBy(() => pki.Generate()).Count);
    }

    [Fact]
    public void What_is_replaced_is_kept_aside_under_the_time_of_day()
    {
        var before = pki.Contents();
        pki.Clock.Advance(TimeSpan.FromMinutes(1));

        pki.Generate(PkiChange.Leaves);

        Assert.Equal("pki-20300101T120100Z", Path.GetFileName(Assert.Single(pki.Aside)));
        Assert.Equal(2 * Leaves, Directory.GetFiles(pki.Aside[0]).Length);
        Assert.All(Directory.GetFiles(pki.Aside[0]), file => Assert.Equal(before[Path.GetFileName(file)], File.ReadAllText(file)));
    }

    [Fact]
    public void Two_changes_in_one_second_are_kept_apart()
    {
        pki.Generate(PkiChange.Leaves);
        pki.Generate(PkiChange.Leaves);

        Assert.Equal(["pki-20300101T120000Z", "pki-20300101T120000Z-2"], pki.Aside.Select(Path.GetFileName));
    }

    [Fact]
    public void Force_issues_every_leaf_anew_and_keeps_authorities_and_service_account_key()
    {
        var before = pki.Contents();

        var changed = pki.ChangedBy(() => pki.Generate(PkiChange.Leaves));

        Assert.Equal(Leaves, changed.Count);
        Assert.DoesNotContain(changed, name => name is "ca" or "etcd-ca" or "front-proxy-ca");
        Assert.Equal(before["service-account.key"], pki.Contents()["service-account.key"]);
        Assert.Equal(before[EncryptionKeyFile.Name], pki.Contents()[EncryptionKeyFile.Name]);
        Assert.NotEqual(before["admin.key"], pki.Contents()["admin.key"]);
    }

    [Fact]
    public void Rotate_ca_replaces_everything_but_the_key_of_what_lies_in_etcd_and_keeps_it_all_aside()
    {
        var before = pki.Contents();

        pki.Generate(PkiChange.Everything);

        Assert.Equal([EncryptionKeyFile.Name], pki.Contents().Where(file => before[file.Key] == file.Value).Select(file => file.Key));
        Assert.Equal(before.Keys.Where(file => file != EncryptionKeyFile.Name).Order(), Directory.GetFiles(Assert.Single(pki.Aside)).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_new_name_of_the_api_server_reissues_its_certificate_alone()
    {
        pki.Spec = pki.Spec with { Pki = pki.Spec.Pki with { ExtraSans = ["api.tdskubes.com"] } };

        Assert.Equal(["apiserver"], pki.ChangedBy(() => pki.Generate()));
        Assert.Contains(pki.Reporter.Lines, line => line.StartsWith("Issued apiserver", StringComparison.Ordinal) && line.EndsWith("other names or addresses are asked.", StringComparison.Ordinal));
        using var certificate = pki.Certificate("apiserver");
        Assert.Contains("api.tdskubes.com", certificate.AlternativeNames);
    }

    [Fact]
    public void A_new_worker_gets_its_certificates_and_touches_no_other()
    {
        pki.Spec = pki.Spec with { Nodes = [.. pki.Spec.Nodes, new NodeSpec { Name = "worker02", Role = NodeRole.Worker }] };

        Assert.Equal(["kubelet-client-worker02", "kubelet-server-worker02"], pki.ChangedBy(() => pki.Generate()));
        Assert.Empty(pki.Aside);
    }

    [Fact]
    public void Certificates_of_a_removed_node_are_kept_aside()
    {
        pki.Spec = pki.Spec with { Nodes = [.. pki.Spec.Nodes.Where(node => node.Name != "worker01")] };

        Assert.Empty(pki.ChangedBy(() => pki.Generate()));
        Assert.Equal(
            ["kubelet-client-worker01.crt", "kubelet-client-worker01.key", "kubelet-server-worker01.crt", "kubelet-server-worker01.key"],
            Directory.GetFiles(Assert.Single(pki.Aside)).Select(Path.GetFileName).Order());
        Assert.DoesNotContain("kubelet-client-worker01.key", pki.Contents().Keys);
    }

    [Fact]
    public void Another_algorithm_reissues_the_leaves_and_says_that_authorities_stay()
    {
        // One master: RSA keys take their time.
        using var small = new PkiOnDisk();
        small.Spec = small.Spec with { Nodes = [new NodeSpec { Name = "master01", Role = NodeRole.Master }] };
        small.Generate();
        small.Spec = small.Spec with { Pki = small.Spec.Pki with { KeyAlgorithm = KeyAlgorithm.Rsa2048 } };

        Assert.Equal(9, small.ChangedBy(() => small.Generate()).Count);
        Assert.Equal(3, small.Reporter.Lines.Count(line => line.StartsWith("warning: ", StringComparison.Ordinal) && line.Contains("--rotate-ca", StringComparison.Ordinal)));
        Assert.Empty(small.ChangedBy(() => small.Generate()));
    }

    [Fact]
    public void Another_subject_reissues_the_leaves_that_carry_it()
    {
        pki.Spec = pki.Spec with { Pki = pki.Spec.Pki with { SubjectPrefix = "/C=DE" } };

        Assert.Equal(["apiserver", "etcd-client", "etcd-master01", "etcd-master02", "etcd-master03", "front-proxy-client", "metrics-server"], pki.ChangedBy(() => pki.Generate()));
    }

    [Fact]
    public void A_shorter_lifetime_is_enforced_and_a_longer_one_waits_for_the_renewal()
    {
        pki.Spec = pki.Spec with { Pki = pki.Spec.Pki with { LeafLifetime = TimeSpan.FromDays(500) } };
        Assert.Empty(pki.ChangedBy(() => pki.Generate()));

        pki.Spec = pki.Spec with { Pki = pki.Spec.Pki with { LeafLifetime = TimeSpan.FromDays(90) } };
        Assert.Equal(Leaves, pki.ChangedBy(() => pki.Generate()).Count);
    }

    [Fact]
    public void A_leaf_ends_with_its_issuer_and_is_then_not_issued_again_and_again()
    {
        pki.Clock.Advance(TimeSpan.FromDays((365 * 10) - 20));

        Assert.Equal(Leaves, pki.ChangedBy(() => pki.Generate()).Count);
        using (var leaf = pki.Certificate("admin"))
        {
            Assert.Equal(PkiOnDisk.Start.AddDays(3650), leaf.NotAfter);
        }

        Assert.Empty(pki.ChangedBy(() => pki.Generate()));
        Assert.Contains(pki.Reporter.Lines, line => line.Contains("ca ends 2039-12-30", StringComparison.Ordinal));
    }

    [Fact]
    public void A_lost_half_of_a_leaf_is_issued_anew_and_the_other_half_kept_aside()
    {
        File.Delete(pki.PathOf("admin.key"));

        Assert.Equal(["admin"], pki.ChangedBy(() => pki.Generate()));
        Assert.Equal("admin.crt", Path.GetFileName(Assert.Single(Directory.GetFiles(Assert.Single(pki.Aside)))));
        Assert.Contains(pki.Reporter.Lines, line => line.EndsWith("admin.key is missing.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_lost_public_half_of_the_service_account_key_is_written_again()
    {
        var before = pki.Contents();
        File.Delete(pki.PathOf("service-account.pub"));

        pki.Generate();

        Assert.Equal(before, pki.Contents());
    }

    [Fact]
    public void Files_that_are_not_of_the_table_are_left_alone()
    {
        File.WriteAllText(pki.PathOf("notes.txt"), "mine");
        File.WriteAllText(pki.PathOf("vpn.key"), "mine too");

        pki.Generate(PkiChange.Leaves);

        Assert.Equal("mine", pki.Contents()["notes.txt"]);
        Assert.Equal("mine too", pki.Contents()["vpn.key"]);
    }

    public void Dispose() => pki.Dispose();
}

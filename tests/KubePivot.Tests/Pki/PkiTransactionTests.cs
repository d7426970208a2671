using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

/// <summary>Killed at any moment: what a run left behind is finished or cleared away by the next one.</summary>
public sealed class PkiTransactionTests : IDisposable
{
    private readonly PkiOnDisk pki = new();

    public PkiTransactionTests() => pki.Generate();

    private string Next => $"{pki.Paths.Pki}.next";

    [Fact]
    public void A_kill_before_the_decision_changes_nothing()
    {
        var before = pki.Contents();
        Directory.CreateDirectory(Next);
        File.WriteAllText(Path.Combine(Next, "admin.key"), "half a ke");

        pki.Generate();

        Assert.Equal(before, pki.Contents());
        Assert.False(Directory.Exists(Next));
    }

    [Fact]
    public void A_kill_after_any_step_ends_as_the_whole_change_would_have()
    {
        using var aim = new PkiOnDisk();
        aim.Generate();
        var (old, wanted) = (pki.Contents(), aim.Contents());
        string[] files = ["admin.crt", "admin.key", "kubelet.crt", "kubelet.key"];

        // Steps: each file is moved aside, then each new one is moved in, then the journal goes.
        for (var steps = 0; steps <= 2 * files.Length; steps++)
        {
            LeaveInterrupted(files, old, wanted, steps);
            Assert.True(PkiTransaction.IsPending(pki.Paths.Pki));
            Assert.Throws<PkiException>(() => ClusterPki.Load(pki.Paths, pki.Cluster));

            Assert.True(new PkiTransaction(pki.Paths.Pki).Recover());

            Assert.All(files, file => Assert.Equal(wanted[file], pki.Contents()[file]));
            Assert.All(files, file => Assert.Equal(old[file], File.ReadAllText(Path.Combine(pki.Paths.State, "pki-aside", file))));
            Assert.False(Directory.Exists(Next));
        }
    }

    [Fact]
    public void An_interrupted_first_run_is_finished_without_a_word_of_damage()
    {
        using var first = new PkiOnDisk();
        first.Generate();
        var whole = first.Contents();
        var next = $"{first.Paths.Pki}.next";
        Directory.CreateDirectory(next);
        WriteJournal(next, aside: null, files: whole.Keys, retired: []);
        File.Move(first.PathOf("ca.key"), Path.Combine(next, "ca.key"));
        File.Move(first.PathOf("etcd-client.crt"), Path.Combine(next, "etcd-client.crt"));

        first.Generate();

        Assert.Equal(whole, first.Contents());
        Assert.Equal("Finished the change of the PKI that was interrupted.", first.Reporter.Lines[0]);
    }

    [Fact]
    public void A_damaged_journal_is_refused_by_name()
    {
        Directory.CreateDirectory(Next);
        File.WriteAllText(Path.Combine(Next, "journal.json"), "{");

        var refusal = Assert.Throws<InvalidInputException>(() => pki.Generate());

        Assert.Contains("journal.json is damaged", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_told_in_words()
    {
        using var blocked = new PkiOnDisk();
        File.WriteAllText(blocked.Paths.State, "a file where the state folder should be");

        var failure = Assert.Throws<PkiException>(() => blocked.Generate());

        Assert.Contains($"Could not write the PKI in {blocked.Paths.Pki}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("then run ./build.sh GeneratePki again", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => pki.Dispose();

    private void LeaveInterrupted(string[] files, IReadOnlyDictionary<string, string> old, IReadOnlyDictionary<string, string> wanted, int steps)
    {
        var aside = Path.Combine(pki.Paths.State, "pki-aside");
        if (Directory.Exists(aside))
        {
            Directory.Delete(aside, recursive: true);
        }

        Directory.CreateDirectory(aside);
        Directory.CreateDirectory(Next);
        foreach (var (file, index) in files.Select((file, index) => (file, index)))
        {
            var (isAside, isIn) = (index < steps, index + files.Length < steps);
            File.WriteAllText(Path.Combine(isAside ? aside : pki.Paths.Pki, file), old[file]);
            if (isAside)
            {
                File.Delete(pki.PathOf(file));
            }

            File.WriteAllText(Path.Combine(isIn ? pki.Paths.Pki : Next, file), wanted[file]);
        }

        WriteJournal(Next, "pki-aside", files, files);
    }

    private static void WriteJournal(string next, string? aside, IEnumerable<string> files, IEnumerable<string> retired) => File.WriteAllText(
        Path.Combine(next, "journal.json"),
        System.Text.Json.JsonSerializer.Serialize(new { Aside = aside, Files = files, Retired = retired }));
}

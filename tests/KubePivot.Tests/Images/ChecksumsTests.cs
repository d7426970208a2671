using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class ChecksumsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public ChecksumsTests()
    {
        Directory.CreateDirectory(Path.Combine(folder, "bin"));
        File.WriteAllText(Path.Combine(folder, "bin", "kubelet"), "a kubelet");
        File.WriteAllText(Path.Combine(folder, "bin", "kubectl"), "a kubectl");
        Checksums.Write(folder);
    }

    [Fact]
    public void The_list_is_in_the_form_of_sha256sum() =>
        Assert.Matches("^[0-9a-f]{64}  bin/kubectl\n[0-9a-f]{64}  bin/kubelet\n$", File.ReadAllText(Path.Combine(folder, "SHA256SUMS")));

    [Fact]
    public void A_folder_that_is_what_it_was_has_no_damage() => Assert.Empty(Checksums.Damaged(folder));

    [Fact]
    public void An_altered_and_a_missing_file_are_named()
    {
        File.AppendAllText(Path.Combine(folder, "bin", "kubelet"), "!");
        File.Delete(Path.Combine(folder, "bin", "kubectl"));

        Assert.Equal(["bin/kubectl", "bin/kubelet"], Checksums.Damaged(folder));
    }

    [Fact]
    public void A_list_with_rubbish_in_it_is_damage()
    {
        File.WriteAllText(Path.Combine(folder, "SHA256SUMS"), "rubbish\n");

        Assert.Equal(["rubbish"], Checksums.Damaged(folder));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}

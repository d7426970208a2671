using KubePivot.Assets;

namespace KubePivot.Tests.Assets;

public sealed class ProgramDownloadTests
{
    [Fact]
    public void The_kubelet_is_the_releases_own_with_its_checksum_beside_it()
    {
        var kubelet = Find("v1.34.1", "kubelet", "arm64");

        Assert.Equal("https://dl.k8s.io/release/v1.34.1/bin/linux/arm64/kubelet", kubelet?.Address.ToString());
        Assert.Equal("https://dl.k8s.io/release/v1.34.1/bin/linux/arm64/kubelet.sha256", kubelet?.Checksum.ToString());
        Assert.False(kubelet?.IsArchive);
    }

    [Fact]
    public void A_mirror_holds_each_site_in_a_folder_of_its_name()
    {
        var containerd = Find("v1.36.0", "containerd")!.From("https://files.example/mirror/");

        Assert.Equal("https://files.example/mirror/github.com/containerd/containerd/releases/download/v2.3.4/containerd-static-2.3.4-linux-amd64.tar.gz", containerd.Address.ToString());
        Assert.Equal($"{containerd.Address}.sha256sum", containerd.Checksum.ToString());
        Assert.True(containerd.IsArchive);
    }

    [Theory]
    [InlineData("v1.20.2", "containerd runc etcd")]
    [InlineData("v1.24.0", "containerd runc")]
    [InlineData("v1.26.0", "")]
    public void Programs_that_Debian_has_new_enough_are_not_downloaded(string version, string left) =>
        Assert.Equal(left, string.Join(' ', ((string[])["kubelet", "kubectl", "cni-plugins", "containerd", "runc", "etcd"]).Where(name => Find(version, name) == null)));

    [Fact]
    public void Every_release_has_all_that_is_published_for_it_over_https_and_no_name_is_left_open()
    {
        foreach (var download in Scenarios.Catalogue.Releases.SelectMany(release => Scenarios.Catalogue.Downloads(release, "amd64")))
        {
            foreach (var text in (string[])[$"{download.Address}", $"{download.Checksum}", .. download.Files])
            {
                Assert.DoesNotContain("{", text, StringComparison.Ordinal);
                Assert.DoesNotContain("%7B", text, StringComparison.Ordinal);
            }

            Assert.Equal(Uri.UriSchemeHttps, download.Address.Scheme);
            Assert.StartsWith("/usr/", download.Folder, StringComparison.Ordinal);
            Assert.True(download.IsArchive || download.Files.Count == 1);
        }
    }

    private static ProgramDownload? Find(string version, string name, string architecture = "amd64") =>
        Scenarios.Catalogue.Downloads(version, architecture).SingleOrDefault(download => download.Name == name);
}

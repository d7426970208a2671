using System.Text;
using CsCheck;
using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;
using KubePivot.Kubernetes;
using KubePivot.Tests.Assets;
using KubePivot.Tests.Images;
using KubePivot.Tests.Pki;

namespace KubePivot.Tests.Properties;

/// <summary>Bundles, catalogues, kubeconfigs, passwords and authorities: files that people bring along.</summary>
public class InputFileProperties
{
    [Fact]
    public void A_damaged_bundle_is_refused_or_is_whole_and_is_left_as_it_is()
    {
        using var original = new TemporaryFolder();
        TestImages.WriteProgram(original["bin/kubelet"]);
        TestImages.WriteProgram(original["bin/kubectl"]);
        Directory.CreateDirectory(original["images"]);
        TestImages.Write(original["images/kube-apiserver.tar"], "registry.k8s.io/kube-apiserver:v1.20.2");
        Bundle.Seal(original.Path, "v1.20.2", "amd64");
        string[] files = ["bundle.yaml", "SHA256SUMS", "images/kube-apiserver.tar", "bin/kubelet"];
        var contents = files.Select(file => File.ReadAllBytes(original[file])).ToList();
        var damages = Gen.Int[0, files.Length - 1].SelectMany(which => Mutations.OfBytes(contents[which]).Select(bytes => (File: files[which], Bytes: bytes)));

        Property.Holds(
            damages,
            60,
            damage =>
            {
                using var folder = new TemporaryFolder();
                foreach (var file in Directory.GetFiles(original.Path, "*", SearchOption.AllDirectories))
                {
                    folder.Write(Path.GetRelativePath(original.Path, file), File.ReadAllBytes(file));
                }

                folder.Write(damage.File, damage.Bytes);

                Property.IsTakenOrRefused(() => Assert.NotNull(Bundle.Load(folder.Path, "amd64").Images));
                Assert.Equal(damage.Bytes, File.ReadAllBytes(folder[damage.File]));
            },
            damage => $"{damage.File}: {Encoding.Latin1.GetString(damage.Bytes)}");
    }

    [Fact]
    public void An_index_that_names_itself_has_no_end_and_is_refused()
    {
        using var folder = new TemporaryFolder();
        var file = folder["cycle.tar"];
        using (var stream = File.Create(file))
        using (var tar = new System.Formats.Tar.TarWriter(stream))
        {
            var index = "{\"manifests\":[{\"digest\":\"sha256:self\"}]}"u8.ToArray();
            foreach (var name in new[] { "index.json", "blobs/sha256/self" })
            {
                tar.WriteEntry(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name) { DataStream = new MemoryStream(index) });
            }
        }

        Assert.Throws<InvalidDataException>(() => ImageArchive.Read(file));
    }

    [Fact]
    public void A_damaged_catalogue_is_refused_or_answers()
    {
        var original = File.ReadAllText(Path.Combine(Scenarios.Checkout.Templates, "releases.yaml"));

        Property.Holds(Mutations.OfTexts(original), 30, text =>
        {
            using var folder = new TemporaryFolder();
            folder.Write("templates/releases.yaml", Encoding.UTF8.GetBytes(text));

            Property.IsTakenOrRefused(() =>
            {
                var catalogue = ReleaseCatalogue.Load(new ClusterPaths(folder.Path));
                foreach (var source in new[] { KubernetesSource.Upstream, KubernetesSource.Debian })
                {
                    var release = new KubernetesRelease(catalogue.DefaultVersion(source), source);
                    if (catalogue.ProblemOf("version", release.Version) == null)
                    {
                        Assert.NotNull(catalogue.Switches(release));
                        Assert.NotNull(catalogue.ImagesOf(release, ClusterDefaults.Spec));
                        Assert.NotNull(catalogue.Downloads(release.Version, "amd64"));
                        Assert.NotNull(catalogue.MachinesDebian(release.Version));
                    }
                }
            });
        });
    }

    [Fact]
    public void Images_in_place_of_the_catalogues_are_taken_or_refused() => Property.Holds(
        Mutations.OfTexts("kubernetes: { images: { coredns: registry.example/coredns/coredns:v1.13.1, pause: 'localhost:5000/pause@sha256:3c1089aef41b414846441e5e219adedbbf94c4f990cb5ef108867bfac8fff5f1' } }"), 200, text => Property.IsTakenOrRefused(() =>
        {
            var release = new KubernetesRelease("v1.36.2", KubernetesSource.Upstream) { Overrides = ClusterFile.Parse(text, "cluster.yaml").Kubernetes.Images };
            Assert.All(Catalogue.Images(release).Values, Assert.NotEmpty);
        }));

    [Fact]
    public void A_damaged_kubeconfig_is_refused_without_being_quoted_or_used()
    {
        using var pki = new PkiOnDisk();
        pki.Generate();
        var (authority, certificate, key) = (Inline("ca.crt"), Inline("admin.crt"), Inline("admin.key"));
        var original = $"apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts: [{{ name: a, context: {{ cluster: c, user: u }} }}]\nclusters:\n- name: c\n  cluster:\n    server: https://10.70.3.10:7443\n    certificate-authority-data: {authority}\nusers:\n- name: u\n  user:\n    client-certificate-data: {certificate}\n    client-key-data: {key}\n";

        Property.Holds(Mutations.OfTexts(original), 250, text =>
        {
            using var folder = new TemporaryFolder();
            var file = folder.Write("kubeconfig", Encoding.UTF8.GetBytes(text));

            Property.IsTakenOrRefused(() => Assert.NotNull(KubeconfigFile.Read(file).Host));
        });

        string Inline(string name) => Convert.ToBase64String(File.ReadAllBytes(pki.PathOf(name)));
    }

    [Fact]
    public void Damaged_passwords_and_authorities_are_refused_or_taken()
    {
        using var pki = new PkiOnDisk();
        pki.Generate();

        Property.Holds(Mutations.OfBytes(File.ReadAllBytes(pki.PathOf("ca.crt")), "secret\n"u8.ToArray()), 200, bytes =>
        {
            using var folder = new TemporaryFolder();
            var file = folder.Write("file", bytes);
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead);
            }

            var registries = new RegistriesSpec { Credentials = new Dictionary<string, RegistryAccount> { ["a"] = new("u", "file") }, Authorities = new Dictionary<string, string> { ["b"] = "file" } };

            Property.IsTakenOrRefused(() => RegistryFiles.Load(registries, new ClusterPaths(folder.Path)));
            Property.IsTakenOrRefused(() => RegistryFiles.Load(registries with { Credentials = new Dictionary<string, RegistryAccount>() }, new ClusterPaths(folder.Path)));
            Property.IsTakenOrRefused(() => RegistryFiles.Load(registries with { Authorities = new Dictionary<string, string>() }, new ClusterPaths(folder.Path)));
        });
    }

    private static ReleaseCatalogue Catalogue { get; } = ReleaseCatalogue.Load(Scenarios.Checkout);
}

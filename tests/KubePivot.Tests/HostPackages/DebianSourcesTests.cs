using KubePivot.HostPackages;

namespace KubePivot.Tests.HostPackages;

public sealed class DebianSourcesTests : IDisposable
{
    private readonly string apt = Directory.CreateTempSubdirectory().FullName;

    [Fact]
    public void A_deb822_source_gives_an_entry_of_the_asked_type_for_each_suite_of_the_release()
    {
        Write("sources.list.d/debian.sources", "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates trixie\nComponents: main contrib\nSigned-By: /keys/k.gpg\n");

        Assert.Equal(
            "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /keys/k.gpg\n\n"
            + "Types: deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm-updates\nComponents: main\nSigned-By: /keys/k.gpg\n\n",
            DebianSources.Deb822("deb-src", apt));
    }

    [Fact]
    public void Addresses_and_suites_that_are_named_thousands_of_times_are_one_entry()
    {
        var (addresses, suites) = (string.Concat(Enumerable.Repeat(" http://mirror.example/debian", 20_000)), string.Concat(Enumerable.Repeat(" bookworm", 20_000)));
        Write("sources.list.d/debian.sources", $"Types: deb\nURIs:{addresses}\nSuites:{suites}\nComponents: main\nSigned-By: /keys/k.gpg\n");

        Assert.Equal("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /keys/k.gpg\n\n", DebianSources.Deb822("deb", apt));
        Assert.Equal(["mirror.example"], DebianSources.Hosts(apt));
    }

    [Fact]
    public void A_one_line_source_with_options_is_understood()
    {
        Write("sources.list", "# a comment\ndeb [arch=amd64 signed-by=/keys/k.gpg] http://mirror.example/debian bookworm main non-free # mine\ndeb-src http://mirror.example/debian bookworm main\n");

        Assert.Equal("Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By: /keys/k.gpg\n\n", DebianSources.Deb822("deb", apt));
    }

    [Fact]
    public void A_release_that_the_machine_has_no_source_of_comes_from_where_its_own_does()
    {
        Write("sources.list.d/debian.sources", "Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates bookworm-backports\nComponents: main\nSigned-By: /keys/k.gpg\n\n"
            + "Types: deb\nURIs: http://mirror.example/security\nSuites: bookworm-security\nComponents: main\nSigned-By: /keys/k.gpg\n");
        Write("sources.list.d/other.list", "deb http://other.example/apt other-bookworm main\n");

        Assert.Equal(
            "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /keys/k.gpg\n\n"
            + "Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie-updates\nComponents: main\nSigned-By: /keys/k.gpg\n\n"
            + "Types: deb\nURIs: http://mirror.example/security\nSuites: trixie-security\nComponents: main\nSigned-By: /keys/k.gpg\n\n",
            DebianSources.Deb822("deb", apt, "trixie"));
    }

    [Fact]
    public void A_release_that_the_machine_has_a_source_of_comes_from_there_alone()
    {
        Write("sources.list", "deb http://old.example/debian bookworm main\ndeb [signed-by=/keys/k.gpg] http://new.example/debian trixie main\n");

        Assert.Equal("Types: deb\nURIs: http://new.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /keys/k.gpg\n\n", DebianSources.Deb822("deb", apt, "trixie"));
    }

    [Fact]
    public void A_source_that_is_switched_off_or_of_another_kind_does_not_count()
    {
        Write("sources.list.d/off.sources", "Enabled: no\nTypes: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\n");
        Write("sources.list.d/other.list", "deb http://other.example/apt stable main\n");

        var refused = Assert.Throws<StageException>(() => DebianSources.Deb822("deb", apt));

        Assert.Contains("names no source of Debian bookworm", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(apt, recursive: true);

    private void Write(string name, string text)
    {
        var file = Path.Combine(apt, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}

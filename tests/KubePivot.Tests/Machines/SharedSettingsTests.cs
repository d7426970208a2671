using KubePivot.Machines;

namespace KubePivot.Tests.Machines;

public class SharedSettingsTests
{
    private const string Forwarding = "net.ipv4.ip_forward";

    private static readonly Dictionary<string, string> Wanted = new() { [Forwarding] = "1" };

    private static readonly SharedSettings None = SharedSettings.Parse(null, "boot-1");

    [Fact]
    public void A_lone_cluster_gives_a_setting_back()
    {
        var (remaining, restorations) = None.With("kp1", Wanted, _ => "0").Without("kp1", _ => true);

        Assert.Equal([new Restoration(Forwarding, "0", "1")], restorations);
        Assert.Empty(remaining.Settings);
    }

    [Fact]
    public void The_value_before_is_that_before_the_first_cluster() =>
        Assert.Equal("0", None.With("kp1", Wanted, _ => "0").With("kp2", Wanted, _ => "1").Settings[Forwarding].Before);

    [Fact]
    public void Only_the_last_cluster_gives_a_setting_back()
    {
        var both = None.With("kp1", Wanted, _ => "0").With("kp2", Wanted, _ => "1");

        var (one, first) = both.Without("kp1", _ => true);
        var (none, second) = one.Without("kp2", _ => true);

        Assert.Empty(first);
        Assert.Equal(["kp2"], one.Settings[Forwarding].Users);
        Assert.Equal([new Restoration(Forwarding, "0", "1")], second);
        Assert.Empty(none.Settings);
    }

    [Fact]
    public void Asking_twice_counts_once() =>
        Assert.Equal(["kp1"], None.With("kp1", Wanted, _ => "0").With("kp1", Wanted, _ => "1").Settings[Forwarding].Users);

    [Fact]
    public void Leaving_twice_changes_nothing_more()
    {
        var (left, _) = None.With("kp1", Wanted, _ => "0").Without("kp1", _ => true);

        var (remaining, restorations) = left.Without("kp1", _ => true);

        Assert.Empty(restorations);
        Assert.Empty(remaining.Settings);
    }

    [Fact]
    public void A_cluster_that_was_wiped_without_Destroy_holds_nothing()
    {
        var both = None.With("wiped", Wanted, _ => "0").With("kp2", Wanted, _ => "1");

        var (_, restorations) = both.Without("kp2", isAlive: user => user != "wiped");

        Assert.Equal([new Restoration(Forwarding, "0", "1")], restorations);
    }

    [Fact]
    public void It_survives_being_written_down()
    {
        var settings = None.With("kp1", Wanted, _ => "0");

        Assert.Equal(settings.ToJson(), SharedSettings.Parse(settings.ToJson(), "boot-1").ToJson());
    }

    [Fact]
    public void Another_boot_makes_it_void() =>
        Assert.Empty(SharedSettings.Parse(None.With("kp1", Wanted, _ => "0").ToJson(), "boot-2").Settings);

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("{}")]
    public void A_damaged_file_counts_as_none(string json) => Assert.Empty(SharedSettings.Parse(json, "boot-1").Settings);
}

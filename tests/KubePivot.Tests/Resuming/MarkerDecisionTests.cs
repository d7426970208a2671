using KubePivot.Resuming;

namespace KubePivot.Tests.Resuming;

public class MarkerDecisionTests
{
    private static readonly Marker Done = new("RenderAssets", new DateTimeOffset(2026, 11, 24, 6, 14, 59, TimeSpan.FromHours(2)), 1.5, "abc");

    [Fact]
    public void A_target_without_a_marker_runs() =>
        Assert.Equal(new MarkerDecision(false, "not done yet"), MarkerDecision.Of(null, hasSkipFile: false, forced: false, Unasked));

    [Fact]
    public void A_target_whose_inputs_are_as_they_were_is_skipped_and_says_since_when() =>
        Assert.Equal(new MarkerDecision(true, "done 2026-11-24 04:14Z"), MarkerDecision.Of(Done, hasSkipFile: false, forced: false, () => "abc"));

    [Fact]
    public void A_target_whose_inputs_changed_runs() =>
        Assert.Equal(new MarkerDecision(false, "its inputs changed"), MarkerDecision.Of(Done, hasSkipFile: false, forced: false, () => "abd"));

    [Fact]
    public void A_forced_target_runs_whatever_its_marker_says() =>
        Assert.Equal(new MarkerDecision(false, "forced"), MarkerDecision.Of(Done, hasSkipFile: false, forced: true, Unasked));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_skip_file_wins_over_everything(bool forced) =>
        Assert.Equal(new MarkerDecision(true, "by its .skip file"), MarkerDecision.Of(null, hasSkipFile: true, forced, Unasked));

    private static string Unasked() => throw new InvalidOperationException("The fingerprint was asked for, though the answer does not depend on it.");
}

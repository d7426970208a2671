using KubePivot.Nodes;

namespace KubePivot.Tests.Nodes;

public class BootkubeDecisionTests
{
    private static readonly BootkubeState Fresh = new("inactive", "success", IsLoaded: true, IsDone: false, HasTraces: false, "a1", "", ApiAnswers: false, "", "", "");

    [Fact]
    public void A_fresh_machine_is_bootstrapped() => Assert.Equal(BootkubeAction.Start, BootkubeDecision.Of(Fresh));

    [Fact]
    public void A_running_unit_is_followed_whatever_else_is_seen() =>
        Assert.Equal(BootkubeAction.Attach, BootkubeDecision.Of(Fresh with { Unit = "activating", ApiAnswers = true, HasTraces = true }));

    [Fact]
    public void A_failed_unit_is_started_anew_although_its_temporary_API_answers() =>
        Assert.Equal(BootkubeAction.StartAnew, BootkubeDecision.Of(Fresh with { Unit = "failed", ApiAnswers = true, HasTraces = true }));

    [Fact]
    public void A_unit_whose_done_marker_was_deleted_is_started_anew() =>
        Assert.Equal(BootkubeAction.StartAnew, BootkubeDecision.Of(Fresh with { Unit = "active" }));

    [Fact]
    public void A_cluster_made_from_these_assets_is_left_alone() =>
        Assert.Equal(BootkubeAction.Nothing, BootkubeDecision.Of(Fresh with { Unit = "active", IsDone = true, AppliedAssets = "a1" }));

    [Theory]
    [InlineData("")]
    [InlineData("b2")]
    public void A_cluster_made_from_other_or_unknown_assets_gets_these(string applied) =>
        Assert.Equal(BootkubeAction.Apply, BootkubeDecision.Of(Fresh with { IsDone = true, AppliedAssets = applied }));

    [Fact]
    public void A_control_plane_whose_certificates_have_expired_is_brought_back() =>
        Assert.Equal(BootkubeAction.Revive, BootkubeDecision.Of(Fresh with { Unit = "active", IsDone = true, AppliedAssets = "b2", CertificateFlaw = "certificate has expired" }));

    [Fact]
    public void An_API_that_is_away_for_another_reason_is_not_bootstrapped_anew() =>
        Assert.Equal(BootkubeAction.Apply, BootkubeDecision.Of(Fresh with { IsDone = true, AppliedAssets = "b2" }));

    [Fact]
    public void An_API_that_answers_has_new_certificates_already_whatever_was_last_seen() =>
        Assert.Equal(BootkubeAction.Apply, BootkubeDecision.Of(Fresh with { IsDone = true, AppliedAssets = "b2", ApiAnswers = true, CertificateFlaw = "certificate has expired" }));

    [Fact]
    public void A_bootstrap_master_made_anew_adopts_the_cluster_that_lives() =>
        Assert.Equal(BootkubeAction.Adopt, BootkubeDecision.Of(Fresh with { ApiAnswers = true }));

    [Fact]
    public void An_interrupted_bootstrap_is_never_taken_for_a_living_cluster() =>
        Assert.Equal(BootkubeAction.Start, BootkubeDecision.Of(Fresh with { ApiAnswers = true, HasTraces = true }));

    [Fact]
    public void The_look_is_read_and_one_that_breaks_off_is_refused()
    {
        const string Output = "LoadState=loaded\nActiveState=failed\nResult=exit-code\nDone=\nTraces=yes\nAssets=a1\nAppliedAssets=\nSince=17\nCursor=s=1;i=2\nApi=ok\nCertificateFlaw=certificate has expired\nEnd=yes\n";

        Assert.Equal(Fresh with { Unit = "failed", Result = "exit-code", HasTraces = true, ApiAnswers = true, CertificateFlaw = "certificate has expired", Since = "17", Cursor = "s=1;i=2" }, BootkubeState.Parse(Output));
        Assert.Throws<FormatException>(() => BootkubeState.Parse(Output.Replace("End=yes\n", "", StringComparison.Ordinal)));
    }
}

using KubePivot.Diagnosis;

namespace KubePivot.Tests.Diagnosis;

public class CauseSearchTests
{
    private static SupportFile Log(string path, params string[] lines) => new(path, string.Join('\n', lines), IsEvidence: true);

    [Fact]
    public void A_cause_is_named_with_the_file_that_its_evidence_is_from() => Assert.Equal(
        ["nodes/master01/journal/etcd.txt: 2026-11-28T23:50:07.123456+0000 master01 etcd[8]: wal: write: no space left on device"],
        CauseSearch.In([Log("nodes/master01/journal/etcd.txt", "2026-11-28T23:50:07.123456+0000 master01 etcd[8]: wal: write: no space left on device")], []).Select(cause => cause.Evidence));

    [Fact]
    public void What_a_node_said_long_before_its_last_words_is_history() => Assert.Empty(CauseSearch.In(
        [Log("nodes/m/journal/etcd.txt", "2026-11-28T23:00:00.1+0000 m etcd[8]: dial tcp 10.70.3.12:2380: connect: no route to host"), Log("nodes/m/logs/p/c.log", "2026-11-28T23:40:00.5Z stderr F all is well")], []));

    [Fact]
    public void Another_node_s_clock_makes_nothing_old() => Assert.Single(CauseSearch.In(
        [Log("nodes/m/journal/etcd.txt", "2019-01-01T23:00:00.1+0000 m etcd[8]: dial tcp 10.70.3.12:2380: connect: no route to host"), Log("nodes/n/journal/etcd.txt", "2026-11-28T23:40:00.5+0000 n etcd[8]: hello")], []));

    [Fact]
    public void Only_logs_and_answers_are_searched() => Assert.Empty(CauseSearch.In([new SupportFile("rendered/nodes/a/b.conf", "# no space left on device", IsEvidence: false)], []));

    [Fact]
    public void What_was_seen_directly_is_the_evidence_rather_than_a_log() => Assert.Equal(
        "worker01 does not reach master01 (10.70.3.11): No route to host. Look",
        CauseSearch.In([Log("nodes/m/journal/etcd.txt", "dial tcp 10.70.3.12:2380: connect: no route to host")], [new SupportFinding("worker01", "does not reach master01 (10.70.3.11): No route to host", "Look")])[0].Evidence);

    [Fact]
    public void A_cause_that_was_seen_goes_before_one_that_only_a_log_speaks_of() => Assert.Equal(
        ["there is no way from one machine to another", "a disk is full"],
        CauseSearch.In([Log("nodes/m/journal/etcd.txt", "wal: no space left on device")], [new SupportFinding("worker01", "does not reach master01 (10.70.3.11): no answer within 2 s")]).Select(cause => cause.Words));

    [Fact]
    public void Before_a_lost_quorum_goes_what_etcd_says_of_it_just_now_and_not_what_it_said_before() => Assert.Equal(
        ["a disk is full", "etcd has lost its quorum", "a certificate does not match"],
        CauseSearch.In(
            [Log("nodes/m/journal/etcd.txt", "2026-11-28T23:40:00.1+0000 m etcd[8]: remote error: tls: bad certificate", "2026-11-28T23:45:00.1+0000 m etcd[8]: write /var/lib/etcd/member/snap/db: no space left on device")],
            [new SupportFinding(null, "0 of 3 masters have a member of etcd that commits what it is told: the quorum is lost")]).Select(cause => cause.Words));

    [Theory]
    [InlineData("2026-11-28T23:50:07.123456+0000 m systemd[1]: x", "2026-11-28T23:50:07Z")]
    [InlineData("2026-11-28T23:50:07.123456789Z stderr F x", "2026-11-28T23:50:07Z")]
    [InlineData("2026-11-28T23:50:07,123456+01:00 Out of memory", "2026-11-28T22:50:07Z")]
    [InlineData("I1128 23:50:07 x", null)]
    public void Times_are_read_in_the_forms_that_logs_have(string line, string? time) =>
        Assert.Equal(time == null ? null : DateTimeOffset.Parse(time), CauseSearch.TimeOf(line));
}

using KubePivot.Diagnosis;

namespace KubePivot.Tests.Diagnosis;

/// <summary>The lines are those that the programs write.</summary>
public class ProbableCauseTests
{
    [Theory]
    [InlineData("a disk is full", "etcd[812]: failed to save snapshot: write /var/lib/etcd/member/snap/db: no space left on device")]
    [InlineData("a disk is full", "etcdserver: mvcc: database space exceeded")]
    [InlineData("a disk is full", "tar: etc/kubernetes/kubelet.yaml: Cannot write: No space left on device")]
    [InlineData("there is not enough memory", "kernel: Out of memory: Killed process 2214 (kube-apiserver) total-vm:1102640kB, anon-rss:341228kB")]
    [InlineData("there is not enough memory", "kube-apiserver-5wq2k   0/1   OOMKilled   3   41s")]
    [InlineData("a port is taken by somebody else", "Error: failed to create listener: failed to listen on 0.0.0.0:6443: listen tcp 0.0.0.0:6443: bind: address already in use")]
    [InlineData("a port is taken by somebody else", "[ALERT] (901) : Starting proxy kube-apiserver: cannot bind socket (Address already in use) [127.0.0.1:7443]")]
    [InlineData("a clock is wrong", "x509: certificate has expired or is not yet valid: current time 2019-01-01T00:00:11Z is before 2026-11-28T20:15:00Z")]
    [InlineData("a clock is wrong", "the clock difference against peer 8e9e05c52164694d is too high [4.529s > 1s]")]
    [InlineData("a clock is wrong", "{\"level\":\"warn\",\"msg\":\"prober found high clock drift\",\"round-tripper-name\":\"ROUND_TRIPPER_RAFT_MESSAGE\",\"clock-drift\":\"4.5s\"}")]
    [InlineData("a certificate has expired, or a clock is wrong", "x509: certificate has expired or is not yet valid: current time 2027-12-01T00:00:00Z is after 2027-11-28T20:15:00Z")]
    [InlineData("a certificate does not match", "rejected connection from \"10.70.3.12:41208\" (error \"remote error: tls: bad certificate\", ServerName \"\")")]
    [InlineData("a certificate does not match", "Unable to connect to the server: x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\")")]
    [InlineData("a certificate does not match", "x509: certificate is valid for 10.70.3.11, 127.0.0.1, not 10.70.3.19")]
    [InlineData("a host name is not found", "dial tcp: lookup registry.k8s.io on 192.168.1.1:53: no such host")]
    [InlineData("a host name is not found", "curl: (6) Could not resolve host: dl.k8s.io")]
    [InlineData("there is no way from one machine to another", "health check for peer 91bc3c398fb3c146 could not connect: dial tcp 10.70.3.12:2380: connect: no route to host")]
    [InlineData("there is no way from one machine to another", "error sending request: Post \"https://10.70.3.12:6443\": dial tcp 10.70.3.12:6443: i/o timeout")]
    [InlineData("an image cannot be had", "Failed to pull image \"registry.k8s.io/pause:3.99\": rpc error: code = NotFound desc = failed to pull and unpack image \"registry.k8s.io/pause:3.99\": failed to resolve reference \"registry.k8s.io/pause:3.99\": registry.k8s.io/pause:3.99: not found")]
    [InlineData("an image cannot be had", "kube-system coredns-76f75df574-8xkq2   0/1   ImagePullBackOff   0   2m")]
    [InlineData("etcd has lost its quorum", "rpc error: code = Unavailable desc = etcdserver: no leader")]
    [InlineData("etcd has lost its quorum", "raft2026/11/28 20:15:00 INFO: 8e9e05c52164694d is starting a new election at term 7")]
    public void A_cause_is_known_by_its_words(string cause, string line)
    {
        var found = ProbableCause.Of($"Waited 20 min for etcd.service of master01.\n    {line}\n    and more\n");

        Assert.Equal((cause, line), (found?.Words, found?.Evidence));
    }

    [Fact]
    public void The_cause_goes_before_what_follows_from_it() => Assert.Equal(
        "a disk is full",
        ProbableCause.Of("wal: no space left on device\netcdserver: no leader\ndial tcp 10.70.3.12:2380: connect: no route to host")?.Words);

    [Fact]
    public void The_latest_line_is_the_evidence() => Assert.Equal(
        "b: address already in use", ProbableCause.Of("a: address already in use\nb: address already in use\nthe end")?.Evidence);

    [Theory]
    [InlineData("")]
    [InlineData("master01: there is no rendered tree. Run ./build.sh RenderAssets.")]
    [InlineData("dial tcp 127.0.0.1:6443: connect: connection refused")]
    public void What_speaks_for_nothing_known_has_no_cause(string text) => Assert.Null(ProbableCause.Of(text));

    [Fact]
    public void It_is_said_in_the_last_lines() => Assert.Equal(
        ["Most probable cause: a port is taken by somebody else.", "  bind: address already in use", "./build.sh Preflight names who has it; on the node: ss -ltnp."],
        ProbableCause.Of("bind: address already in use")!.ToString().Split(Environment.NewLine));
}

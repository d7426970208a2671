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
    [InlineData("a disk is full", "Warning Evicted: The node was low on resource: ephemeral-storage.")]
    [InlineData("there is not enough memory", "fatal error: failed to reserve page summary memory")]
    [InlineData("there is not enough memory", "Warning Evicted: The node had condition: [MemoryPressure].")]
    [InlineData("etcd has lost its quorum", "{\"level\":\"warn\",\"caller\":\"raft/raft.go:1017\",\"msg\":\"2467c9d4717bf8b8 stepped down to follower since quorum is not active\"}")]
    [InlineData("etcd has lost its quorum", "etcd /health: HTTP/1.0 503 Service Unavailable")]
    [InlineData("etcd has lost its quorum", "{\"level\":\"warn\",\"caller\":\"etcdserver/v3_server.go:790\",\"msg\":\"timed out waiting for read index response (local node might have slow network)\",\"timeout\":\"7s\"}")]
    [InlineData("etcd has lost its quorum", "{\"level\":\"warn\",\"caller\":\"etcdserver/v3_server.go:852\",\"msg\":\"waiting for ReadIndex response took too long, retrying\",\"retry-timeout\":\"500ms\"}")]
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
    [InlineData("a disk is full", "[ERROR Disk] master01 has 12 MiB free on /var; expected 200 MiB or more. Make room there")]
    [InlineData("a port is taken by somebody else", "worker01 has port 10250 taken by socat (process 4711, thief.service); expected the port free for kubelet")]
    [InlineData("a clock is wrong", "master02 has a clock that is 86400 s ahead of this host's; expected at most 2 s")]
    [InlineData("a certificate does not match", "master02 holds a certificate that does not do: /etc/etcd/pki/server.crt: unable to get local issuer certificate")]
    [InlineData("there is no way from one machine to another", "worker01 does not reach master01 (10.70.3.11): no answer within 2 s")]
    [InlineData("etcd has lost its quorum", "1 of 3 masters have a member of etcd that commits what it is told: the quorum is lost")]
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
    public void Masters_that_are_away_are_the_reason_of_a_lost_quorum_rather_than_a_missing_way() => Assert.Equal(
        ["etcd has lost its quorum", "there is no way from one machine to another"],
        ProbableCause.AllIn(["etcdserver: no leader", "dial tcp 10.70.3.12:2380: connect: no route to host"]).Select(cause => cause.Words));

    [Fact]
    public void The_latest_line_is_the_evidence() => Assert.Equal(
        "b: address already in use", ProbableCause.Of("a: address already in use\nb: address already in use\nthe end")?.Evidence);

    [Theory]
    [InlineData("")]
    [InlineData("master01: there is no rendered tree. Run ./build.sh RenderAssets.")]
    [InlineData("dial tcp 127.0.0.1:6443: connect: connection refused")]
    [InlineData("Normal NodeHasNoDiskPressure Node /worker01: Node worker01 status is now: NodeHasNoDiskPressure")]
    [InlineData("Error updating node status, will retry: failed to patch status \"{\\\"status\\\":{\\\"$setElementOrder/conditions\\\":[{\\\"type\\\":\\\"MemoryPressure\\\"},{\\\"type\\\":\\\"DiskPressure\\\"}")]
    [InlineData("Get \"https://127.0.0.1:7443/api/v1/nodes/master03?timeout=4s\": dial tcp 127.0.0.1:7443: i/o timeout")]
    [InlineData("Normal NodeHasSufficientMemory Node /worker01: Node worker01 status is now: NodeHasSufficientMemory")]
    public void What_speaks_for_nothing_known_has_no_cause(string text) => Assert.Null(ProbableCause.Of(text));

    [Fact]
    public void It_is_said_in_the_last_lines() => Assert.Equal(
        ["Most probable cause: a port is taken by somebody else.", "  bind: address already in use", "./build.sh Preflight names who has it; on the node: ss -ltnp."],
        ProbableCause.Of("bind: address already in use")!.ToString().Split(Environment.NewLine));
}

using System.Text;
using KubePivot.Diagnosis;

namespace KubePivot.Tests.Diagnosis;

/// <summary>What is made of the words of diagnose-node.sh.</summary>
public class NodeAnswerTests
{
    [Fact]
    public void What_has_come_when_the_answer_breaks_off_is_there()
    {
        using var answer = new NodeAnswer();
        var bytes = Encoding.UTF8.GetBytes($"\n== {answer.Mark} units.txt\na\n== this is a log\n\n== {answer.Mark} logs/p/c-0.log\nhalf of");
        answer.Write(bytes, 0, bytes.Length);

        Assert.Equal(
            new Dictionary<string, string> { ["units.txt"] = "a\n== this is a log\n", ["logs/p/c-0.log"] = "half of" },
            answer.Files());
    }

    [Fact]
    public void Units_that_failed_or_start_again_and_again_are_findings() => Assert.Equal(
        ["has etcd.service failed (Result=exit-code NRestarts=5 ExecMainStatus=1)", "has kubelet.service ending as soon as it is started (Result=exit-code NRestarts=44 ExecMainStatus=255)"],
        NodeFindings.Units("""
            etcd.service Result=exit-code NRestarts=5 ExecMainStatus=1 LoadState=loaded ActiveState=failed SubState=failed ActiveEnterTimestamp=
            kubelet.service Result=exit-code NRestarts=44 ExecMainStatus=255 LoadState=loaded ActiveState=activating SubState=auto-restart
            haproxy.service Result=success NRestarts=0 ExecMainStatus=0 LoadState=loaded ActiveState=active SubState=running
            bootkube.service Result=success NRestarts=0 LoadState=not-found ActiveState=inactive SubState=dead

            """));

    [Fact]
    public void Certificates_that_do_not_verify_or_have_another_s_key_are_findings() => Assert.Equal(
        ["/etc/etcd/pki/server.crt: certificate has expired", "/etc/kubernetes/pki/kubelet-client.crt: its private key is another's"],
        NodeFindings.Certificates("""
            # /etc/etcd/pki/server.crt
            subject=O = kube-master, CN = etcd
            O = kube-master, CN = etcd
            error 10 at 0 depth lookup: certificate has expired
            error /etc/etcd/pki/server.crt: verification failed
            # /etc/kubernetes/pki/kubelet-client.crt
            /etc/kubernetes/pki/kubelet-client.crt: OK
            /etc/kubernetes/pki/kubelet-client.key: tls: private key does not match public key of /etc/kubernetes/pki/kubelet-client.crt
            """));

    [Fact]
    public void Moments_are_read_from_systemd_containerd_and_marker_files() => Assert.Equal(
        [
            "2026-11-28 23:50:07.123Z  master01     systemd    Started kubelet.service - kubelet: the Kubernetes node agent.",
            "2026-11-28 23:50:09.000Z  master01     node       /opt/bootkube/init_bootkube.done was written",
            "2026-11-28 23:50:08.500Z  master01     containerd created kube-apiserver of kube-system/kube-apiserver-5wq2k (0123456789abc)",
        ],
        NodeMoments.Of("master01", new Dictionary<string, string>
        {
            ["journal/systemd.txt"] = """
                2026-11-28T23:50:07.123456+0000 master01 systemd[1]: Started kubelet.service - kubelet: the Kubernetes node agent.
                2026-11-28T23:50:07.200000+0000 master01 systemd[1]: Reached target network-online.target - Network is Online.
                -- No entries --
                """,
            ["moments.txt"] = "1795909809|/opt/bootkube/init_bootkube.done was written\nrubbish\n",
            ["created.txt"] = "2026-11-28T23:50:08.5Z|kube-system/kube-apiserver-5wq2k|kube-apiserver|0123456789abc\n||(sandbox)|x\n",
        }).Select(moment => moment.ToString()));
}

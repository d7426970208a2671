using System.Text.RegularExpressions;
using KubePivot.Kubernetes;

namespace KubePivot.Diagnosis;

/// <summary>What most probably lies behind a failure, found in the words of etcd, kubelet, API server and the system.</summary>
/// <param name="Words">As in <c>a disk is full</c>.</param>
/// <param name="Evidence">The line that speaks for it.</param>
/// <param name="Remedy">What to do.</param>
public sealed partial record ProbableCause(string Words, string Evidence, string Remedy)
{
    /// <summary>The words for a cause that has, as a rule, a cause itself.</summary>
    internal const string LostQuorum = "etcd has lost its quorum";

    /// <summary>Enough of a line to see what it says.</summary>
    private const int LongestEvidence = 300;

    /// <summary>
    /// What each looks like. The order counts, for one cause has others in its wake: on a full disk etcd has no leader, whoever's clock
    /// is wrong finds no certificate valid, and a quorum is lost because masters are away, to whom there is no way then.
    /// </summary>
    private static readonly (string Words, Func<string, bool> Speaks, string Remedy)[] Causes =
    [
        ("a disk is full", line => FullDisk().IsMatch(line), "Make room there (df -h, df -i), or give the machine a larger disk"),
        ("there is not enough memory", line => NoMemory().IsMatch(line), "Give the machine more (machines.memoryMib in cluster.yaml) or the pod a higher limit, or end other programs there"),
        ("a port is taken by somebody else", line => PortTaken().IsMatch(line), "./build.sh Preflight names who has it; on the node: ss -ltnp"),
        ("a clock is wrong", line => WrongClock().IsMatch(line), "Let a time service set the clocks (timedatectl set-ntp true); ./build.sh Preflight measures them"),
        ("a certificate has expired, or a clock is wrong", line => Expired().IsMatch(line), "./build.sh Status shows when certificates end; ./build.sh GeneratePki and then Bootstrap issue those that are due"),
        ("a certificate does not match", line => Untrusted().IsMatch(line), "./build.sh RenderAssets --force and then Bootstrap bring the same PKI onto all machines"),
        ("a host name is not found", line => NameNotFound().IsMatch(line), "Look at /etc/resolv.conf there and the way to its name servers"),
        (LostQuorum, line => NoQuorum().IsMatch(line), "More than half of the masters must be up and reach each other: ./build.sh Status shows them, ./build.sh VagrantUp starts them"),
        ("there is no way from one machine to another", line => NoRoute().IsMatch(line), "Is the other machine up (./build.sh Status)? On this one: ip route, and its packet filter"),
        ("an image cannot be had", line => ImagePullFailure.Find(line) != null || NoImage().IsMatch(line), "See Registries, mirrors and proxies in the README, or use a bundle"),
    ];

    /// <summary>Finds the most probable cause; pure.</summary>
    /// <param name="evidence">What was collected, the latest last; it holds no secrets.</param>
    /// <returns>Null if none of the known ones shows.</returns>
    public static ProbableCause? Of(string evidence) => AllIn(evidence.Split('\n')).FirstOrDefault();

    /// <summary>Finds all causes that show, the most probable first, each with the latest line that speaks for it; pure.</summary>
    /// <param name="evidence">Lines, the latest last.</param>
    public static IEnumerable<ProbableCause> AllIn(IEnumerable<string> evidence)
    {
        var lines = evidence.Select(line => line.Trim()).Where(line => line.Length > 0).Reverse().ToList();
        return Causes
            .Select(cause => lines.FirstOrDefault(cause.Speaks) is { } line ? new ProbableCause(cause.Words, Shortened(line), cause.Remedy) : null)
            .OfType<ProbableCause>();
    }

    /// <summary>The last lines of an error.</summary>
    public override string ToString() => $"Most probable cause: {Words}.{Environment.NewLine}  {Evidence}{Environment.NewLine}{Remedy}.";

    private static string Shortened(string line) => line.Length > LongestEvidence ? $"{line[..LongestEvidence]}…" : line;

    [GeneratedRegex("no space left on device|disk quota exceeded|mvcc: database space exceeded|NOSPACE|NodeHasDiskPressure|had condition: \\[?DiskPressure|low on resource: ephemeral-storage|(MiB|inodes) free on ", RegexOptions.IgnoreCase)]
    private static partial Regex FullDisk();

    [GeneratedRegex("out of memory: killed process|oom-kill|OOMKilled|cannot allocate memory|fatal error: (runtime: out of memory|failed to reserve page summary memory)|NodeHasInsufficientMemory|had condition: \\[?MemoryPressure|low on resource: memory", RegexOptions.IgnoreCase)]
    private static partial Regex NoMemory();

    [GeneratedRegex("address already in use|has port \\d+ taken by ", RegexOptions.IgnoreCase)]
    private static partial Regex PortTaken();

    [GeneratedRegex("not yet valid: current time \\S+ is before|clock (drift|difference)|clock is (set|wrong)|has a clock that is |token (used before issued|is not valid yet)|\\[ERROR ClockSkew\\]", RegexOptions.IgnoreCase)]
    private static partial Regex WrongClock();

    [GeneratedRegex("certificate has expired", RegexOptions.IgnoreCase)]
    private static partial Regex Expired();

    [GeneratedRegex("x509: |tls: (bad certificate|private key does not match|unknown certificate|failed to verify)|certificate verify failed|holds a certificate that does not do", RegexOptions.IgnoreCase)]
    private static partial Regex Untrusted();

    [GeneratedRegex("no such host|server misbehaving|temporary failure in name resolution|name or service not known|could not resolve|does not find \\S+; expected an address", RegexOptions.IgnoreCase)]
    private static partial Regex NameNotFound();

    [GeneratedRegex("no route to host|does not reach \\S+ \\(|network is unreachable|host is unreachable|dial tcp (?!127\\.|\\[::1\\])\\S+: (connect: connection timed out|i/o timeout)", RegexOptions.IgnoreCase)]
    private static partial Regex NoRoute();

    [GeneratedRegex("ErrImagePull|ImagePullBackOff|ErrImageNeverPull")]
    private static partial Regex NoImage();

    [GeneratedRegex("masters have a member of etcd that commits|etcdserver: (no leader|leader changed|request timed out)|lost leader|elected leader .* lost|is starting a new election|raft: no leader|waiting for read ?index response|since quorum is not active|etcd /health: HTTP/1\\.[01] 503", RegexOptions.IgnoreCase)]
    private static partial Regex NoQuorum();
}

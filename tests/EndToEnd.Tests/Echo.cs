namespace KubePivot.EndToEnd;

/// <summary>A small web service of a user, made of what every node has: two pods that say which of them answers.</summary>
internal static class Echo
{
    public const string Namespace = "tds-cloud";

    /// <summary>A web server for one of the nodes' own images, which says on port 8080 which pod it is; as YAML.</summary>
    public const string Command = """
        [perl, -MIO::Socket::INET, -e, 'my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 20, ReuseAddr => 1) or die $!; while (my $client = $server->accept) { <$client>; print $client "HTTP/1.0 200 OK\r\n\r\necho from $ENV{HOSTNAME}\n"; close $client; }']
        """;

    /// <summary>A Perl program (Debian's perl-base is in kube-proxy's image) behind a Service with a node port.</summary>
    public static string Manifest(string image) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: echo, namespace: {{Namespace}} }
        spec:
          replicas: 2
          selector: { matchLabels: { app: echo } }
          template:
            metadata: { labels: { app: echo } }
            spec:
              containers:
              - name: echo
                image: {{image}}
                command: {{Command}}
                readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
                volumeMounts: [{ name: token, mountPath: /token }]
              volumes:
              # One that its kubelet asks for, and keeps: from Kubernetes 1.21 on, every pod's is of this kind.
              - { name: token, projected: { sources: [{ serviceAccountToken: { path: token, expirationSeconds: 3600 } }] } }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: echo, namespace: {{Namespace}} }
        spec:
          type: NodePort
          selector: { app: echo }
          ports: [{ port: 80, targetPort: 8080 }]
        """;

    /// <summary>Deploys it, until its pods are available.</summary>
    public static async Task DeployAsync(ThrowAwayCluster cluster)
    {
        var manifest = Path.Combine(cluster.Folder, ".cluster", "echo.yaml");
        var image = await cluster.ImageOfEveryNodeAsync();
        await File.WriteAllTextAsync(manifest, Manifest(image), TestContext.Current.CancellationToken);
        await cluster.MustKubectlAsync("apply", "-f", manifest);
        await cluster.MustKubectlAsync("-n", Namespace, "rollout", "status", "deployment/echo", "--timeout=120s");
    }

    /// <summary>A shell line that asks a host 20 times, each with 2 s to answer, with nothing but bash.</summary>
    public static string AskTwentyTimes(string host, int port) =>
        $"for i in $(seq 20); do {Ask(host, port)}; done";

    /// <summary>A shell line that asks a host once, with 2 s to answer, with nothing but bash.</summary>
    public static string Ask(string host, int port) =>
        $"timeout 2 bash -c 'exec 3<>/dev/tcp/{host}/{port}; printf \"GET / HTTP/1.0\\r\\n\\r\\n\" >&3; cat <&3'";
}

namespace KubePivot.EndToEnd;

/// <summary>Two pods on every node, masters too, to look at networks and names from: one in the pod network, one in its node's.</summary>
internal static class Lookouts
{
    public const string InPodNetwork = "lookout";

    public const string InNodeNetwork = "lookout-of-node";

    /// <param name="image">One with bash, getent and perl, as kube-proxy's of source debian.</param>
    public static string Manifest(string image) => $$"""
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: {{InPodNetwork}}, namespace: {{Echo.Namespace}} }
        spec:
          selector: { matchLabels: { app: {{InPodNetwork}} } }
          template:
            metadata: { labels: { app: {{InPodNetwork}} } }
            spec:
              tolerations: [{ operator: Exists }]
              terminationGracePeriodSeconds: 0
              containers:
              - name: lookout
                image: {{image}}
                command: {{Echo.Command}}
                readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 }
        ---
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: { name: {{InNodeNetwork}}, namespace: {{Echo.Namespace}} }
        spec:
          selector: { matchLabels: { app: {{InNodeNetwork}} } }
          template:
            metadata: { labels: { app: {{InNodeNetwork}} } }
            spec:
              hostNetwork: true
              dnsPolicy: ClusterFirstWithHostNet
              tolerations: [{ operator: Exists }]
              terminationGracePeriodSeconds: 0
              containers:
              - name: lookout
                image: {{image}}
                command: [sleep, infinity]
        """;
}

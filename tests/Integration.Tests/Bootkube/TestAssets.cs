using KubePivot.Files;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// An asset tree of the real one's layout and kinds for a server under test, small enough to read. Its files come in an order that
/// helps nobody: what is needed comes after what needs it.
/// </summary>
public sealed class TestAssets : IDisposable
{
    /// <summary>The parts of the temporary control plane.</summary>
    public static readonly string[] Components = ["apiserver", "controller-manager", "scheduler"];

    private static int count;

    /// <param name="server">Of which the tree is.</param>
    /// <param name="kubeconfig">File of the kubeconfig; null: straight to the server.</param>
    /// <param name="temporaryPort">Port of the temporary API server.</param>
    public TestAssets(KubeApiServer server, string? kubeconfig = null, int temporaryPort = 6444)
    {
        var number = Interlocked.Increment(ref count);
        Workloads = $"workloads-{number}";
        var group = $"tests{number}.kubepivot.local";
        Folder = Directory.CreateTempSubdirectory("kubepivot-assets-").FullName;
        AtomicFile.WriteSecret(Path.Combine(Folder, "auth", "kubeconfig"), File.ReadAllText(kubeconfig ?? server.Kubeconfig));
        AtomicFile.Write(Path.Combine(Folder, "tls", "apiserver.crt"), File.ReadAllText(server.Pki.CertificateFile("apiserver")));
        AtomicFile.WriteSecret(Path.Combine(Folder, "tls", "apiserver.key"), File.ReadAllText(server.Pki.KeyFile("apiserver")));
        foreach (var component in Components)
        {
            WriteBootstrapPod(component, $"--secure-port={temporaryPort}");
        }

        WriteManifest("a-widget.yaml", $$"""
            apiVersion: {{group}}/v1
            kind: Widget
            metadata: { name: first, namespace: {{Workloads}} }
            spec: { size: 3 }
            """);
        WriteManifest("kube-apiserver.yaml", Workload("DaemonSet", "kube-apiserver", null, $"--secure-port={server.Port}"));
        WriteManifest("kube-controller-manager.yaml", Workload("Deployment", "kube-controller-manager", 1, "--leader-elect=true"));
        WriteManifest("kube-scheduler.yaml", Workload("Deployment", "kube-scheduler", 1, "--leader-elect=true"));
        WriteManifest("kube-apiserver-secret.yaml", """
            apiVersion: v1
            kind: Secret
            metadata: { name: kube-apiserver, namespace: kube-system }
            type: Opaque
            data: { apiserver.key: bm90IGEga2V5IGF0IGFsbA== }
            """);
        WriteManifest("kube-scheduler-disruption.yaml", """
            apiVersion: policy/v1beta1
            kind: PodDisruptionBudget
            metadata: { name: kube-scheduler, namespace: kube-system }
            spec: { minAvailable: 1, selector: { matchLabels: { k8s-app: kube-scheduler } } }
            """);
        WriteManifest("namespace.yaml", $$"""
            apiVersion: v1
            kind: Namespace
            metadata: { name: {{Workloads}} }
            """);
        WriteManifest("z-widget-definition.yaml", $$$"""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: widgets.{{{group}}} }
            spec:
              group: {{{group}}}
              names: { kind: Widget, plural: widgets }
              scope: Namespaced
              versions:
              - name: v1
                served: true
                storage: true
                schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }
            """);
    }

    /// <summary>What <c>--asset-dir</c> names.</summary>
    public string Folder { get; }

    /// <summary>The namespace that the tree makes, and the group of the kind that it defines, are its own: servers may be shared.</summary>
    public string Workloads { get; }

    /// <summary>Number of objects in <c>manifests/</c>.</summary>
    public const int Count = 8 + 3;

    /// <summary>Those of controller manager and scheduler, which <c>start</c> applies once the API servers run.</summary>
    public const int Late = 5;

    public void WriteManifest(string file, string text) => AtomicFile.Write(Path.Combine(Folder, "manifests", file), text + "\n");

    public void WriteBootstrapPod(string component, string argument) => AtomicFile.Write(Path.Combine(Folder, "bootstrap-manifests", $"bootstrap-{component}.yaml"), $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: bootstrap-kube-{{component}}, namespace: kube-system }
        spec:
          hostNetwork: true
          containers:
          - { name: kube-{{component}}, image: "test/{{component}}", command: ["kube-{{component}}", "{{argument}}"] }

        """);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static string Workload(string kind, string name, int? replicas, string argument) => $$"""
        apiVersion: apps/v1
        kind: {{kind}}
        metadata: { name: {{name}}, namespace: kube-system, labels: { k8s-app: {{name}} } }
        spec:
          {{(replicas == null ? "" : $"replicas: {replicas}")}}
          selector: { matchLabels: { k8s-app: {{name}} } }
          template:
            metadata: { labels: { k8s-app: {{name}} } }
            spec:
              hostNetwork: true
              serviceAccountName: {{name}}
              containers:
              - { name: {{name}}, image: "test/{{name}}", command: ["{{name}}", "{{argument}}"] }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: {{name}}, namespace: kube-system }
        """;
}

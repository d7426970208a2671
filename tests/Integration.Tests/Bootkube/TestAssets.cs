using KubePivot.Files;
using KubePivot.Integration.Tests.Servers;

namespace KubePivot.Integration.Tests.Bootkube;

/// <summary>
/// An asset tree of the real one's layout and kinds for a server under test, small enough to read. Its files come in an order that
/// helps nobody: what is needed comes after what needs it.
/// </summary>
public sealed class TestAssets : IDisposable
{
    public TestAssets(KubeApiServer server, int masters = 1)
    {
        Folder = Directory.CreateTempSubdirectory("kubepivot-assets-").FullName;
        AtomicFile.WriteSecret(Path.Combine(Folder, "auth", "kubeconfig"), File.ReadAllText(server.Kubeconfig));
        AtomicFile.Write(Path.Combine(Folder, "tls", "apiserver.crt"), File.ReadAllText(server.Pki.CertificateFile("apiserver")));
        AtomicFile.WriteSecret(Path.Combine(Folder, "tls", "apiserver.key"), File.ReadAllText(server.Pki.KeyFile("apiserver")));
        foreach (var component in new[] { "apiserver", "controller-manager", "scheduler" })
        {
            WriteBootstrapPod(component, $"--secure-port={server.Port}");
        }

        WriteManifest("a-widget.yaml", """
            apiVersion: tests.kubepivot.local/v1
            kind: Widget
            metadata: { name: first, namespace: workloads }
            spec: { size: 3 }
            """);
        WriteManifest("kube-apiserver.yaml", Workload("DaemonSet", "kube-apiserver", null));
        WriteManifest("kube-controller-manager.yaml", Workload("Deployment", "kube-controller-manager", masters));
        WriteManifest("kube-scheduler.yaml", Workload("Deployment", "kube-scheduler", masters));
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
        WriteManifest("namespace.yaml", """
            apiVersion: v1
            kind: Namespace
            metadata: { name: workloads }
            """);
        WriteManifest("z-widget-definition.yaml", """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: widgets.tests.kubepivot.local }
            spec:
              group: tests.kubepivot.local
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

    /// <summary>Number of objects in <c>manifests/</c>.</summary>
    public const int Count = 8 + 3;

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

    private static string Workload(string kind, string name, int? replicas) => $$"""
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
              - { name: {{name}}, image: "test/{{name}}" }
        ---
        apiVersion: v1
        kind: ServiceAccount
        metadata: { name: {{name}}, namespace: kube-system }
        """;
}

using System.Net;
using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace KubePivot.EndToEnd;

/// <summary>What the certificate of one node's kubelet may do to the objects of another.</summary>
internal sealed class NodeRights(ThrowAwayCluster cluster, string node) : IDisposable
{
    private readonly k8s.Kubernetes api = new(Configuration(cluster, node));

    /// <summary>The HTTP status of writing an annotation onto a node.</summary>
    public Task<HttpStatusCode> AnnotateAsync(string other) => StatusAsync(() =>
        api.CoreV1.PatchNodeAsync(new V1Patch("""{"metadata":{"annotations":{"kubepivot.local/written-by":"a kubelet"}}}""", V1Patch.PatchType.MergePatch), other));

    /// <summary>The HTTP status of giving a node a label that is kept for administrators.</summary>
    public Task<HttpStatusCode> LabelAsync(string other) => StatusAsync(() =>
        api.CoreV1.PatchNodeAsync(new V1Patch("""{"metadata":{"labels":{"node-restriction.kubernetes.io/zone":"taken"}}}""", V1Patch.PatchType.MergePatch), other));

    /// <summary>The HTTP status of reading a Secret.</summary>
    public Task<HttpStatusCode> ReadSecretAsync(string name, string space) => StatusAsync(() => api.CoreV1.ReadNamespacedSecretAsync(name, space));

    /// <summary>The HTTP status of reading all Secrets of a namespace.</summary>
    public Task<HttpStatusCode> ListSecretsAsync(string space) => StatusAsync(() => api.CoreV1.ListNamespacedSecretAsync(space));

    /// <summary>The HTTP status of trying to delete a pod; nothing is deleted.</summary>
    public Task<HttpStatusCode> DeletePodAsync(string name, string space) => StatusAsync(() => api.CoreV1.DeleteNamespacedPodAsync(name, space, dryRun: "All"));

    /// <summary>The HTTP status of asking for a token of a service account that no pod of the node has.</summary>
    public Task<HttpStatusCode> AskForTokenAsync(string account, string space) => StatusAsync(() => api.CoreV1.CreateNamespacedServiceAccountTokenAsync(
        new Authenticationv1TokenRequest { Spec = new V1TokenRequestSpec { Audiences = [], ExpirationSeconds = 600 } }, account, space));

    public void Dispose() => api.Dispose();

    private static async Task<HttpStatusCode> StatusAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            await ask();
            return HttpStatusCode.OK;
        }
        catch (HttpOperationException exception)
        {
            return exception.Response.StatusCode;
        }
    }

    private static KubernetesClientConfiguration Configuration(ThrowAwayCluster cluster, string node)
    {
        var configuration = KubernetesClientConfiguration.BuildConfigFromConfigFile(cluster.Kubeconfig);
        string Pem(string ending) => Convert.ToBase64String(Encoding.UTF8.GetBytes(File.ReadAllText(Path.Combine(cluster.Folder, ".cluster", "pki", $"kubelet-client-{node}.{ending}"))));
        configuration.ClientCertificateData = Pem("crt");
        configuration.ClientCertificateKeyData = Pem("key");
        return configuration;
    }
}

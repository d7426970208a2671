using System.Security.Cryptography.X509Certificates;
using k8s;

namespace KubePivot.Kubernetes;

/// <summary>Clients of the cluster's API, from <c>.cluster/kubeconfig</c>. The one place that knows how to reach it.</summary>
public static class ClusterApi
{
    /// <summary>A master that has gone does not answer at all; the virtual address is another's within a second or two.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Bound of one request that is no watch: a server that starts may take a request and never answer it.</summary>
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(10);

    /// <summary>So long after its last sign of life a connection is asked for one, and so long it may take to answer.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>A client with the rights of <c>.cluster/kubeconfig</c>.</summary>
    /// <exception cref="StageException">The file is missing or is no kubeconfig.</exception>
    public static IKubernetes Open(ClusterPaths paths) => new k8s.Kubernetes(Configuration(paths));

    /// <summary>A client of one server, whatever the load balancers think of it.</summary>
    /// <param name="server">Its URL; the certificate must be good for it.</param>
    /// <inheritdoc cref="Open(ClusterPaths)"/>
    public static k8s.Kubernetes Open(ClusterPaths paths, string server)
    {
        var configuration = Configuration(paths);
        configuration.Host = server;
        return new k8s.Kubernetes(configuration);
    }

    /// <summary>A client of the same servers that shows nothing but a token.</summary>
    /// <inheritdoc cref="Open(ClusterPaths)"/>
    public static IKubernetes OpenWithToken(ClusterPaths paths, string token)
    {
        var configuration = Configuration(paths);
        configuration.ClientCertificateData = null;
        configuration.ClientCertificateKeyData = null;
        configuration.AccessToken = token;
        return new k8s.Kubernetes(configuration);
    }

    private static KubernetesClientConfiguration Configuration(ClusterPaths paths)
    {
        if (!File.Exists(paths.Kubeconfig))
        {
            throw new StageException($"There is no {paths.Kubeconfig}, which says how to reach the cluster. Run ./build.sh RenderAssets.");
        }

        var configuration = KubeconfigFile.Read(paths.Kubeconfig);
        configuration.HttpClientTimeout = RequestTimeout;
        configuration.FirstMessageHandlerSetup = handler =>
        {
            handler.ConnectTimeout = ConnectTimeout;
            handler.KeepAlivePingDelay = KeepAlive;
            handler.KeepAlivePingTimeout = KeepAlive;
            handler.SslOptions.CertificateChainPolicy = Trusting(configuration.SslCaCerts);
        };
        return configuration;
    }

    /// <summary>
    /// KubernetesClient verifies a certificate that the system does not trust by its chain alone, and takes any name: every node of the
    /// cluster could pass for an API server. With this the chain is in order, and what is left of the verification is the name.
    /// </summary>
    private static X509ChainPolicy? Trusting(X509Certificate2Collection? authorities)
    {
        if (authorities == null)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}

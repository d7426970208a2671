using System.Text.Json;
using System.Text.Json.Serialization;

namespace KubePivot.Kubernetes;

/// <summary>How to use the cluster, as <c>PrintToken --output json</c> prints it.</summary>
/// <param name="Token">The login token: a secret.</param>
/// <param name="Expires">When the token ends, UTC.</param>
/// <param name="Server">URL of the API.</param>
/// <param name="Kubeconfig">Full path.</param>
/// <param name="Dashboard">The dashboard's address while <c>kubectl proxy</c> runs; null if the dashboard is not installed.</param>
public sealed record Access(string Token, DateTimeOffset Expires, string Server, string Kubeconfig, string? Dashboard)
{
    /// <summary>Where <c>kubectl proxy</c> serves the dashboard.</summary>
    public const string DashboardAddress = $"http://localhost:8001{DashboardPath}/";

    /// <summary>The path of the API that leads to the dashboard; the dashboard's pages name it in their links.</summary>
    public const string DashboardPath = $"/api/v1/namespaces/kube-system/services/https:{DashboardService}:/proxy";

    public const string DashboardService = "kubernetes-dashboard";

    /// <summary>Without the token.</summary>
    public override string ToString() => $"{Server} until {Expires:yyyy-MM-dd HH:mm}Z";

    public string ToJson() => JsonSerializer.Serialize(this, AccessJson.Default.Access);
}

[JsonSerializable(typeof(Access))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
internal sealed partial class AccessJson : JsonSerializerContext;

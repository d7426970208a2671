using System.Net;
using k8s;
using KubePivot.Commands;
using KubePivot.Kubernetes;
using KubePivot.Waiting;

namespace KubePivot.Stages;

/// <summary>How <see cref="PrintTokenStage"/> prints.</summary>
public sealed record PrintTokenOptions
{
    /// <summary>How long the token is good; see <see cref="TokenDuration"/>. Default 24 hours.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Prints one JSON object and nothing else, the token in clear.</summary>
    public bool Json { get; init; }

    /// <summary>The build runs on a CI host, whose log many can read: the token is not shown, unless <see cref="Json"/> asks for it.</summary>
    public bool MasksToken { get; init; }

    /// <summary>The kubectl in the cache, named to people who have none on their PATH; null if there is none either.</summary>
    public string? CachedKubectl { get; init; }

    /// <summary>Where the token goes, and nothing else but the JSON: past all logs. Default is standard output.</summary>
    public TextWriter Output { get; init; } = Console.Out;
}

/// <summary>Prints how to use kubectl, the dashboard's address, and a login token that was tried.</summary>
public sealed class PrintTokenStage(StageContext context, PrintTokenOptions options)
{
    /// <summary>Bound of the tries: by now the API runs, and what it refuses for longer than a hand-over is refused for good.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private LoginToken? token;
    private bool hasDashboard;

    /// <exception cref="StageException">The API does not answer, or refuses; the message never holds a token.</exception>
    public async Task RunAsync()
    {
        using (var api = ClusterApi.Open(context.Paths))
        using (context.Reporter.Step("request and try a token"))
        {
            var bound = context.Timeout < Bound ? context.Timeout : Bound;
            await new Wait(context.Clock, line => context.Reporter.Detail(line)).UntilAsync(
                $"a login token from {context.Cluster.ControlPlaneEndpoint}",
                bound,
                Pause,
                stop => TryAsync(api, stop),
                _ => Task.FromResult("Run ./build.sh Status to see what runs; ./build.sh brings the cluster up again."),
                context.CancellationToken).ConfigureAwait(false);
        }

        if (options.Json)
        {
            var server = context.Cluster.ControlPlaneEndpoint;
            await options.Output.WriteLineAsync(new Access(token!.Value, token.Expires, server, context.Paths.Kubeconfig, hasDashboard ? Access.DashboardAddress : null).ToJson()).ConfigureAwait(false);
            return;
        }

        TellSetup();
        await TellTokenAsync(token!).ConfigureAwait(false);
    }

    private async Task<Observation> TryAsync(IKubernetes api, CancellationToken cancellationToken)
    {
        try
        {
            token = await LoginToken.RequestAsync(api, options.Duration, cancellationToken).ConfigureAwait(false);
            using var bearer = ClusterApi.OpenWithToken(context.Paths, token.Value);
            await LoginToken.VerifyAsync(bearer, cancellationToken).ConfigureAwait(false);
            hasDashboard = await HasDashboardAsync(api, cancellationToken).ConfigureAwait(false);
            return new Observation(true, "");
        }
        catch (Exception exception) when (ApiFailure.Is(exception) && !cancellationToken.IsCancellationRequested)
        {
            // A server that has just started may refuse whom it will soon know; what is wrong with the request itself stays wrong.
            var refused = ApiFailure.StatusOf(exception) is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity;
            return new Observation(false, ApiFailure.Words(exception), refused ? "the API refuses the request" : null);
        }
    }

    private static async Task<bool> HasDashboardAsync(IKubernetes api, CancellationToken cancellationToken)
    {
        try
        {
            await api.CoreV1.ReadNamespacedServiceAsync(Access.DashboardService, LoginToken.Namespace, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (k8s.Autorest.HttpOperationException exception) when (exception.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private void TellSetup()
    {
        var onPath = LocalCommand.Find("kubectl") != null;
        var program = onPath || options.CachedKubectl == null ? "kubectl" : LocalCommand.Quoted(options.CachedKubectl);
        Tell("");
        Tell("Set up your local kubectl:");
        Tell("");
        Tell($"  export KUBECONFIG={LocalCommand.Quoted(context.Paths.Kubeconfig)}");
        Tell("");
        if (!onPath)
        {
            Tell(options.CachedKubectl == null ? "There is no kubectl on your PATH yet: install one." : "There is no kubectl on your PATH; this one will do.");
        }

        Tell("Then you can look around, and log in to the dashboard, by running");
        Tell("");
        Tell($"  {program} get pods --all-namespaces");
        Tell($"  {program} proxy");
        Tell("");
        Tell($"Dashboard address: {Access.DashboardAddress}");
        if (!hasDashboard)
        {
            Tell("(The dashboard itself is not installed: the add-on kube-dashboard is left out of this cluster.)");
        }
    }

    private async Task TellTokenAsync(LoginToken printed)
    {
        var asked = context.Clock.GetUtcNow() + options.Duration;
        if (printed.Expires < asked - TimeSpan.FromMinutes(1))
        {
            context.Reporter.Warning($"The API server allows no longer tokens: this one ends {printed.Expires:yyyy-MM-dd HH:mm}Z.");
        }

        Tell("");
        Tell("The login token is:");
        await options.Output.WriteLineAsync(options.MasksToken ? "***" : printed.Value).ConfigureAwait(false);
        Tell(options.MasksToken
            ? "(Not shown in the log of a CI host; ./build.sh PrintToken --output json prints it.)"
            : $"(Good until {printed.Expires:yyyy-MM-dd HH:mm}Z; ./build.sh PrintToken makes a new one.)");
    }

    private void Tell(string line) => context.Reporter.Info(line, context.Cluster.Bootstrap.Name);
}

using System.Net;
using k8s.Models;
using KubePivot.Kubernetes;
using KubePivot.Waiting;

namespace KubePivot.Tests.Kubernetes;

/// <summary>What a watch must survive, against a fake that misbehaves on request.</summary>
public sealed class ObjectWatchTests : IAsyncDisposable
{
    private readonly FakeKubeApiServer server = new();
    private readonly FastClock clock = new();
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly ChangeSignal changed;
    private readonly ClusterView view;
    private readonly Task running;

    public ObjectWatchTests()
    {
        server.Pods.Put(Objects.Pod("first"));
        changed = new ChangeSignal(clock);
        view = new ClusterView(server.Client(), clock, changed);
        running = view.RunAsync(stop.Token);
    }

    private string Names => string.Join(' ', view.Pods.Select(pod => pod.Metadata.Name).Order(StringComparer.Ordinal));

    private int Lists => server.Requests.Count(request => request == "GET /api/v1/pods");

    private int Watches => server.Requests.Count(request => request.StartsWith("WATCH /api/v1/pods ", StringComparison.Ordinal));

    [Fact]
    public async Task What_comes_changes_and_goes_is_seen_with_one_list_and_one_watch()
    {
        await SeeAsync(() => Watches == 1);
        server.Pods.Put(Objects.Pod("second"));
        await SeeAsync(() => Names == "first second");
        server.Pods.Put(Objects.Waiting("second", "ErrImagePull"));
        await SeeAsync(() => view.Pods.Any(pod => PodRow.Of(pod).Status == "ErrImagePull"));
        server.Pods.Delete(Objects.Pod("first"));
        await SeeAsync(() => Names == "second");

        Assert.Equal((1, 1), (Lists, Watches));
        Assert.Null(view.Trouble);
    }

    [Fact]
    public async Task A_watch_that_the_server_ends_goes_on_where_it_was_without_a_list()
    {
        await SeeAsync(() => Watches == 1);
        server.Pods.Put(Objects.Pod("second"));
        await SeeAsync(() => Names == "first second");

        server.Pods.Send("");

        await SeeAsync(() => Watches == 2);
        server.Pods.Put(Objects.Pod("third"));
        await SeeAsync(() => Names == "first second third");
        Assert.Equal(1, Lists);
        Assert.Contains("WATCH /api/v1/pods 3", server.Requests);
    }

    [Fact]
    public async Task A_bookmark_moves_the_version_that_the_next_watch_begins_with()
    {
        await SeeAsync(() => Watches == 1);
        server.Pods.Send("""{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"900"}}}""");
        server.Pods.Send("");

        await SeeAsync(() => server.Requests.Contains("WATCH /api/v1/pods 900"));
        Assert.Equal("first", Names);
        Assert.Equal(1, Lists);
    }

    [Fact]
    public async Task A_version_that_the_server_has_forgotten_means_a_new_list()
    {
        await SeeAsync(() => Watches == 1);

        server.Pods.PutUnseen(Objects.Pod("unseen"));

        await SeeAsync(() => Names == "first unseen");
        Assert.Equal(2, Lists);
        await SeeAsync(() => Watches == 2);
    }

    [Fact]
    public async Task A_cut_connection_is_made_anew_and_nothing_is_missed()
    {
        await SeeAsync(() => Watches == 1);
        server.Pods.Put(Objects.Pod("second"));
        await SeeAsync(() => Names == "first second");

        server.CutWatches();
        server.Pods.Put(Objects.Pod("third"));

        await SeeAsync(() => Names == "first second third");
    }

    [Fact]
    public async Task A_server_that_refuses_for_a_while_is_told_of_and_asked_again()
    {
        await SeeAsync(() => Watches == 1 && view.IsListed);
        for (var time = 0; time < 8; time++)
        {
            server.RefuseNext(HttpStatusCode.Forbidden, "it has just started");
        }

        server.CutWatches();

        await SeeAsync(() => view.Trouble == "403 it has just started");
        await SeeAsync(() => view.Trouble == null);
        Assert.Equal("first", Names);
    }

    [Fact]
    public async Task Garbage_in_a_watch_means_a_new_list()
    {
        await SeeAsync(() => Watches == 1);

        server.Pods.Send("<html>a proxy that knows better</html>");

        await SeeAsync(() => Lists >= 2 && view.Trouble == null);
        Assert.Equal("first", Names);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        await server.DisposeAsync();
        stop.Dispose();
    }

    /// <summary>Looks after every change; fails, with what was asked, when it does not come within a time that is long for a fake.</summary>
    private Task SeeAsync(Func<bool> look) => new Wait(clock, _ => { }).UntilAsync(
        "what the test expects",
        TimeSpan.FromSeconds(1000),
        changed,
        TimeSpan.FromMilliseconds(500),
        () => new Observation(look(), $"pods {Names}; {string.Join(", ", server.Requests)}; {view.Trouble}"),
        cancellationToken: TestContext.Current.CancellationToken);
}

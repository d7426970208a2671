using System.Text.Json.Nodes;
using Bootkube.Checkpoint;

namespace Bootkube.Tests.Checkpoint;

public sealed class DecisionTests
{
    private static readonly CopyKey Server = new("kube-system", "kube-apiserver");

    private static readonly CopyKey Keeper = new("kube-system", "pod-checkpointer");

    private static readonly Decision Decision = new(Patience: TimeSpan.FromSeconds(5), Grace: TimeSpan.FromMinutes(5));

    /// <summary>One row a case: what is seen of API, parent, runtime and copy, and what is done.</summary>
    public static TheoryData<string, Seen, string> Cases { get; } = new()
    {
        { "The first copy is written once its parent runs well", new() { Parent = "well", Copy = "none" }, "Write" },
        { "A parent that is not Ready yet has no copy made of it", new() { Parent = "starting", Copy = "none" }, "" },
        { "A parent that was Ready before the node went down has none made either", new() { Parent = "was well", Copy = "none" }, "" },
        { "A copy that is as it must be is left alone", new() { Parent = "well" }, "" },
        { "A copy of an earlier revision is written anew", new() { Parent = "well", Copy = "inactive, old" }, "Write" },
        { "A copy whose Secrets are not there is written anew", new() { Parent = "well", Copy = "inactive, without folders" }, "Write" },
        { "A copy stays as it is while its parent's new revision does not run well", new() { Parent = "starting", Copy = "inactive, old" }, "" },
        { "Without an API, and without its parent, a copy is activated", new() { Api = ApiState.Away, Away = 5, Runs = false }, "Activate" },
        { "Not before the API has been away for some time", new() { Api = ApiState.Away, Away = 4, Runs = false }, "" },
        { "Not while its parent runs here, which is then without its etcd", new() { Api = ApiState.Away, Away = 600, Runs = true }, "" },
        { "Not while nobody knows what runs here", new() { Api = ApiState.Away, Away = 600, Runs = null }, "" },
        { "Not beside the temporary control plane, whose port it has", new() { Api = ApiState.Away, Away = 600, Runs = false, Temporary = true }, "" },
        { "One that is active leaves the temporary control plane its port", new() { Api = ApiState.Away, Away = 1, Runs = false, Copy = "active", Temporary = true }, "Deactivate" },
        { "An active copy goes on while its parent starts", new() { Parent = "starting", Copy = "active" }, "" },
        { "An active copy goes on while the API tells of a parent of before the loss of power", new() { Parent = "was well", Copy = "active" }, "" },
        { "An active copy ends when its parent is Ready", new() { Parent = "well", Copy = "active" }, "Deactivate" },
        { "And is brought up to date", new() { Parent = "well", Copy = "active, old" }, "Deactivate Write" },
        { "An active copy goes on while the API is away and its parent runs: nobody can say whether that is Ready", new() { Api = ApiState.Away, Away = 600, Runs = true, Copy = "active" }, "" },
        { "An active copy on its parent's port leaves it as soon as the parent is bound here", new() { Parent = "starting", Copy = "active, same port" }, "Deactivate" },
        { "But not to a parent that is being deleted", new() { Parent = "leaving", Copy = "active, same port" }, "" },
        { "Without an API nothing is removed, whatever was known before", new() { Api = ApiState.Away, Away = 4, Runs = false, Gone = 3600 }, "" },
        { "Nor by an answer that tells nothing", new() { Api = ApiState.Unclear, Gone = 3600 }, "" },
        { "A copy whose parent is gone stays for the grace", new() { Gone = 299 }, "" },
        { "And is removed then", new() { Gone = 300 }, "Remove" },
        { "One that is active is only ended then: it may be the one that tells so", new() { Gone = 300, Copy = "active" }, "Deactivate" },
        { "A parent that is being deleted is none that is gone", new() { Parent = "leaving", Gone = 0 }, "" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_seen_decides_what_is_done(string sentence, Seen seen, string done)
    {
        Assert.NotEmpty(sentence);
        Assert.Equal(done, Words(Decision.Of(seen.Situation())));
    }

    /// <summary>One row a case: what is seen, and whether the next look can wait.</summary>
    public static TheoryData<string, Seen, bool> QuietDays { get; } = new()
    {
        { "Its parent runs well, and the copy waits", new() { Parent = "well" }, true },
        { "Its parent starts: the copy is made, or ended, as soon as that is Ready", new() { Parent = "starting", Copy = "none" }, false },
        { "Its parent leaves: the next revision comes", new() { Parent = "leaving" }, false },
        { "It has no parent: the next revision comes, or none", new(), false },
        { "It stands in for its parent", new() { Parent = "well", Copy = "active" }, false },
        { "The API is away", new() { Api = ApiState.Away, Parent = "well" }, false },
        { "Nobody knows what runs here", new() { Parent = "well", Runs = null }, false },
    };

    [Theory]
    [MemberData(nameof(QuietDays))]
    public void The_next_look_can_wait_when_nothing_is_about_to_happen(string sentence, Seen seen, bool quiet)
    {
        Assert.NotEmpty(sentence);
        Assert.Equal(quiet, seen.Situation().IsQuiet);
    }

    [Fact]
    public void Its_own_copy_runs_on_a_quiet_day_too_and_a_pod_that_has_ended_disturbs_none()
    {
        var keeper = new Parent(Keeper, "pod-checkpointer-first", DateTimeOffset.UnixEpoch, Ready: true, Leaving: false, ["c1"], new JsonObject());
        var ended = keeper with { Key = new("default", "job"), Ready = false, Pod = new JsonObject { ["status"] = new JsonObject { ["phase"] = "Succeeded" } } };
        Assert.True(new Situation { Api = ApiState.Answers, Parents = [keeper, ended], Running = [Running("pod-checkpointer-first")], Copies = [Always(active: true)] }.IsQuiet);
    }

    [Fact]
    public void A_copy_that_runs_at_all_times_is_activated_whatever_the_API_says()
    {
        foreach (var api in Enum.GetValues<ApiState>())
        {
            Assert.Equal("Activate", Words(Decision.Of(new Situation { Api = api, Copies = [Always(active: false)] })));
            Assert.Equal("", Words(Decision.Of(new Situation { Api = api, Copies = [Always(active: true)] })));
        }
    }

    [Fact]
    public void It_is_written_anew_in_its_place_when_its_pod_has_changed() =>
        Assert.Equal("Write", Words(Decision.Of(new Situation { Api = ApiState.Answers, Copies = [Always(active: true)], Fresh = new Dictionary<CopyKey, string> { [Keeper] = "new" } })));

    [Fact]
    public void It_is_removed_last_for_somebody_must_end_the_copies_that_run()
    {
        var gone = new Dictionary<CopyKey, TimeSpan> { [Keeper] = TimeSpan.FromHours(1) };

        Assert.Equal("", Words(Decision.Of(new Situation { Api = ApiState.Answers, Copies = [Always(active: true), ServerCopy("active")], GoneFor = gone })));
        Assert.Equal("Remove", Words(Decision.Of(new Situation { Api = ApiState.Answers, Copies = [Always(active: true), ServerCopy("inactive")], GoneFor = gone })));
        Assert.Equal("", Words(Decision.Of(new Situation { Api = ApiState.Away, Copies = [Always(active: true)], GoneFor = gone })));
    }

    [Fact]
    public void A_running_pod_of_any_revision_is_the_parent_and_a_copy_or_a_pod_of_another_workload_is_not()
    {
        var copy = ServerCopy("inactive");

        Assert.True(Running("kube-apiserver-other").IsParentOf(copy));
        Assert.False((Running("kube-apiserver-other") with { Labels = new Dictionary<string, string> { ["k8s-app"] = "other" } }).IsParentOf(copy));
        Assert.False((Running("kube-apiserver-old-master01") with { Annotations = new Dictionary<string, string> { [Annotations.CopyOf] = "kube-apiserver-old" } }).IsParentOf(copy));
        Assert.False((Running("kube-apiserver-other") with { Namespace = "default" }).IsParentOf(copy));
    }

    private static string Words(IEnumerable<Bootkube.Checkpoint.Action> actions) => string.Join(' ', actions.Select(action => action.Step));

    private static Copy Always(bool active) => new(Keeper, Manifest("pod-checkpointer", new() { [Annotations.AlwaysActive] = "true" }), active);

    private static Copy ServerCopy(string kind) => new(
        Server,
        Manifest("kube-apiserver", kind.Contains("same port", StringComparison.Ordinal) ? [] : new() { [Annotations.Arguments] = "--secure-port=6444" }),
        kind.StartsWith("active", StringComparison.Ordinal))
    { HasFolders = !kind.Contains("without folders", StringComparison.Ordinal) };

    private static string Manifest(string app, JsonObject annotations)
    {
        annotations[Annotations.CopyOf] = $"{app}-first";
        return new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = $"{app}-first", ["labels"] = new JsonObject { ["k8s-app"] = app }, ["annotations"] = annotations },
            ["spec"] = new JsonObject { ["hostNetwork"] = true },
        }.ToJsonString();
    }

    private static RunningPod Running(string name) => new(
        "kube-system",
        name,
        new Dictionary<string, string> { [Annotations.Checkpoint] = "true", [Annotations.Source] = "api" },
        new Dictionary<string, string> { ["k8s-app"] = "kube-apiserver", ["controller-revision-hash"] = "other" },
        ["c1"]);

    /// <summary>A case in words.</summary>
    public sealed record Seen
    {
        internal ApiState Api { get; init; } = ApiState.Answers;

        /// <summary>Seconds.</summary>
        public int Away { get; init; }

        /// <summary>none, starting, well, was well, leaving.</summary>
        public string Parent { get; init; } = "none";

        /// <summary>Whether a parent's container runs; null: the runtime does not tell.</summary>
        public bool? Runs { get; init; } = true;

        /// <summary>none, inactive or active, and what is special about it.</summary>
        public string Copy { get; init; } = "inactive";

        public bool Temporary { get; init; }

        /// <summary>Seconds; null: the parent is not gone.</summary>
        public int? Gone { get; init; }

        internal Situation Situation()
        {
            var copy = Copy == "none" ? null : ServerCopy(Copy);
            return new()
            {
                Api = Api,
                AwayFor = TimeSpan.FromSeconds(Away),
                Parents = Parent == "none" ? [] : [new(Server, "kube-apiserver-second", DateTimeOffset.UnixEpoch, Parent is "well" or "was well", Parent == "leaving", [Parent == "was well" ? "c0" : "c1"], new JsonObject())],
                Running = Runs == null ? null : Runs == true ? [Running("kube-apiserver-second")] : [],
                Copies = copy == null ? [] : [copy],
                Fresh = Parent != "well" ? new Dictionary<CopyKey, string>() : new() { [Server] = Copy.Contains("old", StringComparison.Ordinal) || copy == null ? "new" : copy.Text },
                GoneFor = Gone is { } seconds ? new Dictionary<CopyKey, TimeSpan> { [Server] = TimeSpan.FromSeconds(seconds) } : new(),
                HasTemporaryControlPlane = Temporary,
            };
        }
    }
}

using System.Globalization;
using Bootkube.Checkpoint;
using KubePivot;

namespace Bootkube;

internal enum Verb
{
    Help,
    Version,
    Start,
    Apply,
    Checkpoint,
    CheckpointHealth,
}

/// <summary>What the user asked for.</summary>
/// <param name="AssetDir">The asset tree; empty for verbs that need none.</param>
/// <param name="Timeout">Bound of each wait; default 20 minutes.</param>
/// <param name="Root">Stands for <c>/</c> in all paths of the node that are written or looked at; other than <c>/</c> in tests only.</param>
/// <param name="Checkpoint">What concerns <c>checkpoint</c> alone.</param>
internal sealed record CommandLine(Verb Verb, string AssetDir, TimeSpan Timeout, string Root, CheckpointOptions Checkpoint)
{
    private static readonly string[] Options =
        ["--asset-dir", "--grace", "--heartbeat", "--kubeconfig", "--node-name", "--patience", "--root", "--runtime-socket", "--timeout"];

    public const string Help = """
        bootkube turns a node with a kubelet into the first of a self-hosted Kubernetes control plane.

        Usage:
          bootkube start --asset-dir=DIR [--timeout=20m]   temporary control plane, objects, handover, clean-up; run once,
                                                           on one master; an interrupted run is taken up by the next
          bootkube apply --asset-dir=DIR [--timeout=20m]   the objects again on a running cluster, until they are rolled out
          bootkube checkpoint --node-name=NAME             copies of this node's annotated pods, which run while there is no API;
                                                           runs until it is stopped
          bootkube checkpoint-health --heartbeat=FILE      whether bootkube checkpoint gives signs of life
          bootkube version
          bootkube help

        Options:
          --asset-dir=DIR         folder with auth/kubeconfig, bootstrap-manifests/, manifests/ and tls/
          --timeout=SPAN          bound of each wait, as in 90s, 20m or 1h (default 20m)

        Options of checkpoint:
          --node-name=NAME        this node in the API
          --kubeconfig=FILE       the kubelet's (default /etc/kubernetes/kubeconfig)
          --runtime-socket=FILE   where containerd listens (default /run/containerd/containerd.sock)
          --heartbeat=FILE        touched as a sign of life
          --patience=SPAN         a copy is activated once the API has been away for so long (default 5s)
          --grace=SPAN            a copy is removed once the API has said for so long that its pod is gone (default 5m)

        Exit codes: 0 done, 1 failed, 2 invalid input.
        """;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="InvalidInputException">With everything that is wrong with them.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var problems = new List<Problem>();
        Verb? verb = null;
        var (assets, root, timeout, checkpoint) = ("", "/", TimeSpan.FromMinutes(20), new CheckpointOptions());
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            var (name, value) = argument.Split('=', 2) is [var left, var right] ? (left, right) : (argument, null);
            if (!name.StartsWith('-'))
            {
                verb = VerbOf(argument, verb, problems);
                continue;
            }

            if (name is "--help" or "-h" or "--version")
            {
                verb = name == "--version" ? Verb.Version : Verb.Help;
                continue;
            }

            if (!Options.Contains(name))
            {
                problems.Add(new(name, null, $"unknown option; there are {string.Join(", ", Options.Where(option => option != "--root"))} and --help"));
                continue;
            }

            value ??= index + 1 < arguments.Count ? arguments[++index] : "";
            switch (name)
            {
                case "--asset-dir":
                    assets = value;
                    break;
                case "--root":
                    root = value;
                    break;
                case "--timeout":
                    timeout = SpanOf(name, value, problems);
                    break;
                default:
                    checkpoint = With(checkpoint, name, value, problems);
                    break;
            }
        }

        if (verb is Verb.Start or Verb.Apply && !Directory.Exists(assets))
        {
            problems.Add(new("--asset-dir", assets, assets.Length == 0 ? "is needed: the folder with the asset tree" : "there is no such folder"));
        }

        if (verb == Verb.Checkpoint && checkpoint.NodeName.Length == 0)
        {
            problems.Add(new("--node-name", "", "is needed: the name of this node in the API"));
        }

        return problems.Count == 0
            ? new(verb ?? Verb.Help, assets.Length == 0 ? "" : Path.GetFullPath(assets), timeout, root, checkpoint)
            : throw new InvalidInputException("The command line is not right (bootkube --help shows what there is):", problems);
    }

    private static Verb? VerbOf(string word, Verb? before, List<Problem> problems)
    {
        Verb? verb = word switch
        {
            "start" => Verb.Start,
            "apply" => Verb.Apply,
            "checkpoint" => Verb.Checkpoint,
            "checkpoint-health" => Verb.CheckpointHealth,
            "version" => Verb.Version,
            "help" => Verb.Help,
            _ => null,
        };
        if (verb == null || before != null)
        {
            problems.Add(new("command", word, before == null ? "unknown; there are start, apply, checkpoint, checkpoint-health, version and help" : "one command at a time"));
        }

        return verb ?? before;
    }

    private static CheckpointOptions With(CheckpointOptions options, string name, string value, List<Problem> problems) => name switch
    {
        "--node-name" => options with { NodeName = value },
        "--kubeconfig" => options with { Kubeconfig = value },
        "--runtime-socket" => options with { RuntimeSocket = value },
        "--heartbeat" => options with { Heartbeat = value },
        "--patience" => options with { Patience = SpanOf(name, value, problems) },
        _ => options with { Grace = SpanOf(name, value, problems) },
    };

    /// <summary>A span as Go writes it, one unit: <c>90s</c>, <c>20m</c>, <c>1h</c>; up to a day.</summary>
    private static TimeSpan SpanOf(string option, string text, List<Problem> problems)
    {
        var seconds = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        if (seconds > 0
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= 86400
            && (long)number * seconds <= 86400)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        problems.Add(new(option, text, "must be a span of 1s to 24h, as in 90s, 20m or 1h"));
        return TimeSpan.Zero;
    }
}

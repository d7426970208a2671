using System.Globalization;
using KubePivot;

namespace Bootkube;

internal enum Verb
{
    Help,
    Version,
    Start,
    Apply,
}

/// <summary>What the user asked for.</summary>
/// <param name="AssetDir">The asset tree; empty for verbs that need none.</param>
/// <param name="Timeout">Bound of each wait; default 20 minutes.</param>
/// <param name="Root">Stands for <c>/</c> in all paths of the node that are written or looked at; other than <c>/</c> in tests only.</param>
internal sealed record CommandLine(Verb Verb, string AssetDir, TimeSpan Timeout, string Root)
{
    public const string Help = """
        bootkube turns a node with a kubelet into the first of a self-hosted Kubernetes control plane.

        Usage:
          bootkube start --asset-dir=DIR [--timeout=20m]   temporary control plane, objects, handover, clean-up; run once,
                                                           on one master; an interrupted run is taken up by the next
          bootkube apply --asset-dir=DIR [--timeout=20m]   the objects again on a running cluster, until they are rolled out
          bootkube version
          bootkube help

        Options:
          --asset-dir=DIR    folder with auth/kubeconfig, bootstrap-manifests/, manifests/ and tls/
          --timeout=SPAN     bound of each wait, as in 90s, 20m or 1h (default 20m)

        Exit codes: 0 done, 1 failed, 2 invalid input.
        """;

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="InvalidInputException">With everything that is wrong with them.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var problems = new List<Problem>();
        Verb? verb = null;
        var (assets, root, timeout) = ("", "/", TimeSpan.FromMinutes(20));
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

            if (name is not ("--asset-dir" or "--timeout" or "--root"))
            {
                problems.Add(new(name, null, "unknown option; there are --asset-dir, --timeout and --help"));
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
                default:
                    timeout = TimeoutOf(value, problems);
                    break;
            }
        }

        if (verb is Verb.Start or Verb.Apply && !Directory.Exists(assets))
        {
            problems.Add(new("--asset-dir", assets, assets.Length == 0 ? "is needed: the folder with the asset tree" : "there is no such folder"));
        }

        return problems.Count == 0
            ? new(verb ?? Verb.Help, assets.Length == 0 ? "" : Path.GetFullPath(assets), timeout, root)
            : throw new InvalidInputException("The command line is not right (bootkube --help shows what there is):", problems);
    }

    private static Verb? VerbOf(string word, Verb? before, List<Problem> problems)
    {
        Verb? verb = word switch { "start" => Verb.Start, "apply" => Verb.Apply, "version" => Verb.Version, "help" => Verb.Help, _ => null };
        if (verb == null || before != null)
        {
            problems.Add(new("command", word, before == null ? "unknown; there are start, apply, version and help" : "one command at a time"));
        }

        return verb ?? before;
    }

    /// <summary>A span as Go writes it, one unit: <c>90s</c>, <c>20m</c>, <c>1h</c>; up to a day.</summary>
    private static TimeSpan TimeoutOf(string text, List<Problem> problems)
    {
        var seconds = text.Length < 2 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        if (seconds > 0
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= 86400
            && (long)number * seconds <= 86400)
        {
            return TimeSpan.FromSeconds(number * seconds);
        }

        problems.Add(new("--timeout", text, "must be a span of 1s to 24h, as in 90s, 20m or 1h"));
        return TimeSpan.Zero;
    }
}

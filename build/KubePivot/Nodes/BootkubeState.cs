namespace KubePivot.Nodes;

/// <summary>How far the bootstrap of the cluster is (look-at-bootkube.sh).</summary>
/// <param name="Unit">ActiveState of bootkube.service.</param>
/// <param name="Result">Why it failed, in systemd's word.</param>
/// <param name="IsLoaded">The unit is there.</param>
/// <param name="IsDone">/opt/bootkube/init_bootkube.done exists: a bootstrap on this machine came to its end.</param>
/// <param name="HasTraces">A bootstrap on this machine began and has not come to its end.</param>
/// <param name="Assets">Hash of the asset tree that is on the machine.</param>
/// <param name="AppliedAssets">Hash of the asset tree that the cluster was last made from, as noted on this machine; empty: none noted.</param>
/// <param name="ApiAnswers">An API server of the cluster is ready; asked only if there is something to do.</param>
/// <param name="CertificateFlaw">Why the node does not accept the certificate that its API server was last seen to show, in openssl's words; empty: it does, or none is known.</param>
/// <param name="Since">When the unit's present run began, seconds since 1970; empty: it never ran.</param>
/// <param name="Cursor">The journal's end; empty if the journal is.</param>
public sealed record BootkubeState(
    string Unit, string Result, bool IsLoaded, bool IsDone, bool HasTraces, string Assets, string AppliedAssets, bool ApiAnswers, string CertificateFlaw, string Since, string Cursor)
{
    /// <exception cref="FormatException">It does not end as it should.</exception>
    public static BootkubeState Parse(string output)
    {
        var values = output.Split('\n').Select(line => line.Split('=', 2)).Where(words => words.Length == 2).GroupBy(words => words[0]).ToDictionary(words => words.Key, words => words.Last()[1].Trim());
        string Value(string name) => values.GetValueOrDefault(name, "");
        return Value("End") != "yes"
            ? throw new FormatException("the answer breaks off")
            : new BootkubeState(
                Value("ActiveState"), Value("Result"), Value("LoadState") == "loaded", Value("Done") == "yes", Value("Traces") == "yes",
                Value("Assets"), Value("AppliedAssets"), Value("Api") == "ok", Value("CertificateFlaw"), Value("Since"), Value("Cursor"));
    }
}

/// <summary>What StartBootkube does.</summary>
public enum BootkubeAction
{
    /// <summary>The cluster is there, made from these very assets.</summary>
    Nothing,

    /// <summary>Start the unit.</summary>
    Start,

    /// <summary>The unit runs, started by an earlier build: follow it to its end.</summary>
    Attach,

    /// <summary>The last run failed, or the unit counts as done although it is not: start it anew. It goes on from where it was.</summary>
    StartAnew,

    /// <summary>The cluster is there, made from other assets: apply these.</summary>
    Apply,

    /// <summary>
    /// The cluster is there, and its API servers are not, for their certificates have expired or are of an authority that is trusted no
    /// more: end what is left of its control plane, and bootstrap that anew on the data in etcd.
    /// </summary>
    Revive,

    /// <summary>The cluster lives, but was bootstrapped on a machine that is gone: apply, and note that the bootstrap is done.</summary>
    Adopt,
}

/// <summary>The one rule of what to do; pure.</summary>
public static class BootkubeDecision
{
    public static BootkubeAction Of(BootkubeState state) =>
        state.Unit is "activating" or "reloading" ? BootkubeAction.Attach
        : state.IsDone && state.Assets == state.AppliedAssets ? BootkubeAction.Nothing
        : state.IsDone ? (state.ApiAnswers || state.CertificateFlaw.Length == 0 ? BootkubeAction.Apply : BootkubeAction.Revive)

        // An API that answers is the temporary one if a bootstrap was interrupted here: then it must go on.
        : state.ApiAnswers && !state.HasTraces ? BootkubeAction.Adopt
        : state.Unit is "failed" or "active" ? BootkubeAction.StartAnew
        : BootkubeAction.Start;
}

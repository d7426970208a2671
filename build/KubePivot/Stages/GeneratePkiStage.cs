using KubePivot.Pki;

namespace KubePivot.Stages;

/// <summary>
/// Makes certificates and keys in <c>.cluster/pki</c>: keeps what still verifies, covers what is asked and lasts, issues the rest
/// anew, and keeps what is replaced aside. Killed at any moment, the next run ends with a whole PKI.
/// </summary>
public sealed class GeneratePkiStage(StageContext context, PkiChange change = PkiChange.WhatIsNeeded)
{
    /// <exception cref="InvalidInputException">Files in the folder are damaged or foreign; nothing was changed.</exception>
    /// <exception cref="PkiException">The disk refuses.</exception>
    public Task RunAsync()
    {
        // Certificates count whole seconds.
        var now = DateTimeOffset.FromUnixTimeSeconds(context.Clock.GetUtcNow().ToUnixTimeSeconds());
        var transaction = new PkiTransaction(context.Paths.Pki);
        if (transaction.Recover())
        {
            context.Reporter.Info("Finished the change of the PKI that was interrupted.");
        }

        using var plan = PkiPlan.Of(context.Cluster, PkiFolder.Load(context.Paths.Pki), now, change, RenderedEncryption());
        foreach (var remark in plan.Remarks)
        {
            context.Reporter.Warning(remark);
        }

        IReadOnlyDictionary<string, string> files;
        using (context.Reporter.Step("issue certificates"))
        {
            files = PkiIssuing.Issue(plan, context.Cluster.Spec.Pki, now, context.CancellationToken);
        }

        if (files.Count == 0 && plan.Retired.Count == 0)
        {
            context.Reporter.Info("All certificates verify, cover what is asked and last; none was issued.");
            return Task.CompletedTask;
        }

        context.CancellationToken.ThrowIfCancellationRequested();
        using (context.Reporter.Step("write certificates"))
        {
            Tell(plan, transaction.Commit(files, plan.Retired, now));
        }

        return Task.CompletedTask;
    }

    /// <summary>The asset tree remembers that there was a key for Secrets, when the PKI has lost it.</summary>
    private string? RenderedEncryption()
    {
        var file = Path.Combine(context.Paths.Assets, "tls", "encryption-config.yaml");
        return File.Exists(file) ? file : null;
    }

    private void Tell(PkiPlan plan, string? aside)
    {
        foreach (var (spec, reason, replaces) in plan.Issuances)
        {
            var line = $"Issued {spec.Name} ({spec.Subject}): {reason}.";
            if (replaces && change == PkiChange.WhatIsNeeded)
            {
                context.Reporter.Info(line);
            }
            else
            {
                context.Reporter.Detail(line);
            }
        }

        var authorities = plan.Issuances.Count(issuance => issuance.Spec.IsAuthority);
        context.Reporter.Info($"Issued {authorities} authorities and {plan.Issuances.Count - authorities} certificates{(plan.NewServiceAccountKey != null ? ", made the service-account key" : "")}{(plan.EncryptionKeys == null ? "" : ", made the key that Secrets are encrypted with")}.");
        if (aside != null)
        {
            context.Reporter.Info($"What they replace, and what belongs to no node any more, is kept in {aside}.");
        }
    }
}

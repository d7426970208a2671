using KubePivot.Pki;
using KubePivot.Stages;
using Nuke.Common;

partial class Build
{
    [Parameter("GeneratePki, RenewCertificates: replace the certificate authorities and the service-account key as well")]
    readonly bool RotateCa;

    /// <summary>What GeneratePki is asked for. In RenewCertificates it drops the old authorities, the rest is done by then.</summary>
    PkiChange ChangeOfPki => (RotateCa, ExecutionPlan.Contains(RenewCertificates), IsForced(GeneratePki)) switch
    {
        (true, true, _) => PkiChange.DropPrevious,
        (true, false, _) => PkiChange.Everything,
        (false, _, true) => PkiChange.Leaves,
        _ => PkiChange.WhatIsNeeded,
    };

    /// <summary>Changes the PKI and brings that onto the running cluster.</summary>
    async Task RollOutAsync(PkiChange change)
    {
        await new GeneratePkiStage(Context, change).RunAsync();
        await RollOutAsync();
    }

    async Task WaitAsync()
    {
        await UntilReadyAsync();
        new DroppedAuthorities(Paths).End();
    }

    Task UntilReadyAsync() => new WaitForPodsStage(Context, Release).RunAsync();
}

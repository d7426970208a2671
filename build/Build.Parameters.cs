using Nuke.Common;
using Nuke.Common.IO;

/// <summary>Text for people, or JSON for programs.</summary>
public enum OutputFormat
{
    Text,
    Json,
}

partial class Build
{
    [Parameter("Ignore the done-markers of the targets named; with Bootstrap, of all")]
    readonly bool Force;

    [Parameter("The cluster's description. Default is cluster.yaml")]
    readonly AbsolutePath ClusterFile = RootDirectory / "cluster.yaml";

    [Parameter("What runs the machines: auto, virtualbox, libvirt, vmware_desktop, parallels, hyperv, lxc or existing. Default is what cluster.yaml says")]
    readonly string? Provider;

    [Parameter("Where Kubernetes comes from: auto, upstream, debian or bundle. Default is what cluster.yaml says")]
    readonly string? Source;

    [Parameter("Minutes that each wait may take. Default is 20")]
    readonly int Timeout = 20;

    [Parameter("PrintToken and Status: text or json. Default is text")]
    readonly OutputFormat Output = OutputFormat.Text;

    [Parameter("PrintToken: how long the login token is good. Default is 24h")]
    readonly string TokenDuration = "24h";

    [Parameter("GeneratePki: replace the certificate authorities and the service-account key as well")]
    readonly bool RotateCa;
}

namespace KubePivot;

/// <summary>Where everything lies. One place, so that no other file spells a path of <c>.cluster</c>.</summary>
/// <param name="Root">Root of the checkout.</param>
public sealed record ClusterPaths(string Root)
{
    /// <summary>State of the cluster: <c>.cluster</c>, mode 0700.</summary>
    public string State => Path.Combine(Root, ".cluster");

    public string Templates => Path.Combine(Root, "templates");

    public string Vagrantfile => Path.Combine(Root, "Vagrantfile");

    public string Pki => Path.Combine(State, "pki");

    public string Assets => Path.Combine(State, "assets");

    /// <summary>Rendered trees, one folder a node, each mirroring <c>/</c> of that node.</summary>
    public string Nodes => Path.Combine(State, "nodes");

    public string Markers => Path.Combine(State, "markers");

    public string Kubeconfig => Path.Combine(State, "kubeconfig");

    public string KnownHosts => Path.Combine(State, "known_hosts");

    /// <summary>The cluster's own SSH private key; its public half has the suffix <c>.pub</c>.</summary>
    public string SshKey => Path.Combine(State, "ssh", "id_ed25519");

    /// <summary>What the Vagrantfile reads.</summary>
    public string MachinesFile => Path.Combine(State, "machines.json");

    /// <summary>What source <c>auto</c> came to.</summary>
    public string KubernetesSource => Path.Combine(State, "kubernetes-source.json");

    /// <summary>The <c>/etc/resolv.conf</c> of machines that are containers; beside <see cref="MachinesFile"/>, for the Vagrantfile.</summary>
    public string Resolvers => Path.Combine(State, "resolv.conf");

    public string Timeline => Path.Combine(State, "timeline.json");

    /// <summary>Settings of the build host that were changed, with the values they had before.</summary>
    public string HostSettings => Path.Combine(State, "host-settings.json");

    /// <summary>Builds shared by all checkouts of this user: <c>$XDG_CACHE_HOME/kubepivot</c>, by default <c>~/.cache/kubepivot</c>.</summary>
    public static string Cache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "kubepivot");
}

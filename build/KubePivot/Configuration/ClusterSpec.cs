namespace KubePivot.Configuration;

/// <summary>What <c>cluster.yaml</c> says, with the defaults filled in. Given values only: what follows from them is in <see cref="Cluster"/>.</summary>
public sealed record ClusterSpec
{
    /// <summary>Name of the cluster and prefix of its machines; a DNS label of at most 20 characters.</summary>
    public required string Name { get; init; }

    /// <summary>DNS domain of the nodes, as in <c>master01.tdskubes.com</c>.</summary>
    public required string Domain { get; init; }

    /// <summary>Workload namespace that <c>namespace.yaml</c> creates.</summary>
    public required string Namespace { get; init; }

    /// <summary>1, 3 or 5 masters, exactly one of them the bootstrap master, and any number of workers.</summary>
    public required IReadOnlyList<NodeSpec> Nodes { get; init; }

    public required NetworkSpec Network { get; init; }

    public required KubernetesSpec Kubernetes { get; init; }

    public required MachinesSpec Machines { get; init; }

    public required PkiSpec Pki { get; init; }

    /// <summary>Where images are pulled from, other than from the registries that they are named after.</summary>
    public RegistriesSpec Registries { get; init; } = new();

    /// <summary>The way out of the machines' network.</summary>
    public ProxySpec Proxy { get; init; } = new();

    /// <summary>Add-ons to install, by name; <see cref="KnownAddons"/> lists them.</summary>
    public required IReadOnlyList<string> Addons { get; init; }

    /// <summary>What the add-on kube-dashboard installs.</summary>
    public DashboardKind Dashboard { get; init; } = DashboardKind.Headlamp;

    /// <summary>Whether the default account of kube-system may do everything, as in the article. No component and no add-on needs it.</summary>
    public bool KubeSystemAdmin { get; init; } = true;

    /// <summary>The same with values of the command line or the environment in place of the file's; null leaves the file's.</summary>
    /// <param name="name">Name of the file, for the message.</param>
    /// <exception cref="InvalidInputException">With them it is not valid.</exception>
    public ClusterSpec With(MachineProvider? provider, KubernetesSource? source, string name)
    {
        var spec = this with
        {
            Machines = Machines with { Provider = provider ?? Machines.Provider },
            Kubernetes = Kubernetes with { Source = source ?? Kubernetes.Source },
        };
        ClusterValidation.ThrowIfInvalid(spec, name);
        return spec;
    }
}

/// <summary>A value of <c>dashboard</c>.</summary>
public enum DashboardKind
{
    /// <summary>The successor: the Kubernetes project archived its own dashboard in 2026 in favour of it.</summary>
    Headlamp,

    /// <summary>v2.7.0, the last release of the article's dashboard that is installed by plain manifests.</summary>
    KubernetesDashboard,
}

public enum NodeRole
{
    Master,
    Worker,
}

public sealed record NodeSpec
{
    /// <summary>Host name, a DNS label (RFC 1123).</summary>
    public required string Name { get; init; }

    public required NodeRole Role { get; init; }

    /// <summary>The master that the temporary control plane runs on.</summary>
    public bool Bootstrap { get; init; }

    /// <summary>IPv4 address on the nodes' network; null: derived from name and role. Required for provider <c>existing</c>.</summary>
    public string? Address { get; init; }

    /// <summary>SSH user of a machine that is already there (provider <c>existing</c>); must be root or have password-less sudo.</summary>
    public string? SshUser { get; init; }

    /// <summary>SSH private key file of a machine that is already there (provider <c>existing</c>).</summary>
    public string? SshKeyFile { get; init; }

    /// <summary>SSH port, 1 to 65535; default 22.</summary>
    public int SshPort { get; init; } = 22;
}

public enum CniKind
{
    /// <summary>flannel where its image can be had, else bridge.</summary>
    Auto,
    Flannel,
    Bridge,
}

public sealed record NetworkSpec
{
    public required string PodCidr { get; init; }

    public required string ServiceCidr { get; init; }

    /// <summary>The nodes' own network, a /24; null: derived from the cluster's name and file (see <see cref="Cluster"/>).</summary>
    public string? NodeCidr { get; init; }

    /// <summary>The virtual address that people reach the API under; null: the tenth address of the nodes' network.</summary>
    public string? VirtualAddress { get; init; }

    /// <summary>DNS domain of services, <c>cluster.local</c> by default.</summary>
    public required string ClusterDomain { get; init; }

    public required CniKind Cni { get; init; }
}

public enum KubernetesSource
{
    Auto,
    Upstream,
    Debian,
    Bundle,
}

public sealed record KubernetesSpec
{
    public required KubernetesSource Source { get; init; }

    /// <summary>A release such as <c>v1.20.2</c>; null: the source's own default.</summary>
    public string? Version { get; init; }

    /// <summary>Folder of a bundle (source <c>bundle</c>), relative to the root of the checkout.</summary>
    public string? Bundle { get; init; }

    /// <summary>Images in place of those that the catalogue names, by its names of components (<see cref="KnownImages"/>): full names with tag or digest.</summary>
    public IReadOnlyDictionary<string, string> Images { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// A server that source <c>upstream</c> downloads from in place of the release sites, which it holds in folders of their host names
    /// (<c>https://files.example/mirror</c> for <c>https://files.example/mirror/dl.k8s.io/…</c>); null: the sites themselves.
    /// </summary>
    public string? DownloadMirror { get; init; }

    /// <summary>A container image that holds the node program; null: the binary that the build makes runs directly.</summary>
    public string? BootkubeImage { get; init; }
}

/// <summary>A value of <c>machines.provider</c>; the names are Vagrant's, plus <c>auto</c> and <c>existing</c>.</summary>
public enum MachineProvider
{
    Auto,
    Virtualbox,
    Libvirt,
    VmwareDesktop,
    Parallels,
    Hyperv,
    Lxc,
    Existing,
}

public sealed record MachinesSpec
{
    public required MachineProvider Provider { get; init; }

    /// <summary>Vagrant box for providers other than lxc; a public Debian 12 box by default.</summary>
    public required string Box { get; init; }

    /// <summary>Virtual CPUs of a machine, 1 to 64.</summary>
    public required int Cpus { get; init; }

    /// <summary>Memory of a machine in MiB, at least 1024.</summary>
    public required int MemoryMib { get; init; }
}

public enum KeyAlgorithm
{
    EcdsaP256,
    Rsa2048,
    Rsa4096,
}

public sealed record PkiSpec
{
    public required KeyAlgorithm KeyAlgorithm { get; init; }

    public required TimeSpan CaLifetime { get; init; }

    /// <summary>More than zero, at most <see cref="CaLifetime"/>.</summary>
    public required TimeSpan LeafLifetime { get; init; }

    /// <summary>Leading part of every subject, as in the article: <c>/C=SG/ST=Singapore/L=Singapore</c>.</summary>
    public required string SubjectPrefix { get; init; }

    /// <summary>Further DNS names and addresses for the API server's certificate.</summary>
    public required IReadOnlyList<string> ExtraSans { get; init; }
}

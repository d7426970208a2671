using System.Net;
using System.Net.Sockets;
using KubePivot.Pki;

namespace KubePivot.Configuration;

/// <summary>The rules that a cluster must keep, all in one place. They look at values only: the same specification gives the same answer on every machine.</summary>
public sealed class ClusterValidation
{
    /// <summary>All networks that <see cref="Cluster"/> may derive for the nodes: 10.64.0.0 to 10.127.255.255.</summary>
    private static readonly IPNetwork DerivedNodeNetworks = IPNetwork.Parse("10.64.0.0/10");

    /// <summary>The same for VirtualBox, which allows host-only addresses in this range alone.</summary>
    private static readonly IPNetwork VirtualboxNodeNetworks = IPNetwork.Parse("192.168.56.0/21");

    /// <summary>Ranges that no cluster can use: this host, link-local, multicast and beyond.</summary>
    private static readonly IPNetwork[] ReservedNetworks = [IPNetwork.Parse("0.0.0.0/8"), IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("224.0.0.0/3")];

    private readonly ClusterSpec spec;
    private readonly List<Problem> problems;

    private ClusterValidation(ClusterSpec spec, List<Problem> problems) => (this.spec, this.problems) = (spec, problems);

    /// <summary>Checks a specification again, after values of the environment or the command line took the place of the file's.</summary>
    /// <param name="name">Name of its file, for the message.</param>
    /// <exception cref="InvalidInputException">With everything that is wrong with it, at once.</exception>
    public static void ThrowIfInvalid(ClusterSpec spec, string name)
    {
        var problems = new List<Problem>();
        Check(spec, problems);
        if (problems.Count > 0)
        {
            throw Refusal(name, problems);
        }
    }

    internal static InvalidInputException Refusal(string name, IReadOnlyList<Problem> problems) =>
        new($"{name} has {(problems.Count == 1 ? "a problem" : $"{problems.Count} problems")}; nothing was changed:", problems);

    /// <summary>Adds what is wrong with the values to what was wrong with their form.</summary>
    /// <param name="problems">What the reader found: these places hold defaults and are not looked at again.</param>
    internal static void Check(ClusterSpec spec, List<Problem> problems)
    {
        var validation = new ClusterValidation(spec, problems);
        validation.CheckNames();
        validation.CheckNodes();
        validation.CheckRoles();
        validation.CheckRanges();
        validation.CheckAddresses();
        validation.CheckKubernetes();
        validation.CheckMachines();
        validation.CheckPki();
        new RegistriesValidation(spec, validation.Require).Check();
        validation.CheckAddons();
    }

    private void CheckNames()
    {
        const string Label = "must be a DNS label (RFC 1123): a to z, 0 to 9 and '-', beginning and ending with a letter or digit";
        Require(HostNames.IsLabel(spec.Name) && spec.Name.Length <= 20, "name", spec.Name, $"{Label}, at most 20 characters");
        Require(HostNames.IsLabel(spec.Namespace), "namespace", spec.Namespace, $"{Label}, at most 63 characters");
        Require(HostNames.IsDomain(spec.Domain), "domain", spec.Domain, HostNames.DomainRule);
        Require(HostNames.IsDomain(spec.Network.ClusterDomain), "network.clusterDomain", spec.Network.ClusterDomain, HostNames.DomainRule);
        Require(spec.Domain != spec.Network.ClusterDomain, "network.clusterDomain", spec.Network.ClusterDomain, "must not be the nodes' domain: services and nodes have names of their own");
    }

    private void CheckNodes()
    {
        // Machines are called NAME-xxxx-NODE, a label too; X.509 allows 64 characters in the common name system:node:NODE.
        var longest = Math.Min(52, 63 - spec.Name.Length - "-xxxx-".Length);
        foreach (var (node, path) in NodesWithPaths())
        {
            Require(HostNames.IsLabel(node.Name), $"{path}.name", node.Name, "must be a host name (RFC 1123): a to z, 0 to 9 and '-', beginning and ending with a letter or digit, without the domain");
            Require(node.Name.Length <= longest, $"{path}.name", node.Name, $"must have at most {longest} characters, for its machine is called '{Printable.Value(spec.Name)}-xxxx-{Printable.Value(node.Name)}'");
            Require(!ClusterCertificates.IsReservedNodeName(node.Name), $"{path}.name", node.Name, "is taken: the cluster's own certificates have files of that name");
            Require(node.Name.Length + 1 + spec.Domain.Length <= 253, $"{path}.name", node.Name, $"must have at most 253 characters together with the domain '{Printable.Value(spec.Domain)}'");
            Require(node.SshUser != "", $"{path}.user", "", "must be the name of a user");
            Require(node.SshKeyFile != "", $"{path}.key", "", "must be a file");
            Require(node.SshPort is >= 1 and <= 65535, $"{path}.port", node.SshPort, "must be a port, 1 to 65535");
            Require(!node.Bootstrap || node.Role == NodeRole.Master, $"{path}.bootstrap", "true", "must be a master: give it 'role: master' or choose another bootstrap node");
        }

        RequireDistinct(NodesWithPaths().Select(node => new Placed($"{node.Path}.name", node.Node.Name)), "name");
    }

    private void CheckRoles()
    {
        if (problems.Any(problem => problem.Path.StartsWith("nodes", StringComparison.Ordinal) && !problem.Path.EndsWith(".address", StringComparison.Ordinal)))
        {
            return; // Who is a master is not known for sure.
        }

        var masters = spec.Nodes.Count(node => node.Role == NodeRole.Master);
        var bootstraps = spec.Nodes.Count(node => node is { Role: NodeRole.Master, Bootstrap: true });
        Require(masters is 1 or 3 or 5, "nodes", null, $"has {masters} masters, but must have 1, 3 or 5: etcd needs an odd number for its majority");
        Require(bootstraps <= 1, "nodes", null, $"has {bootstraps} bootstrap masters, but must have one: keep 'bootstrap: true' at one master");
        Require(bootstraps > 0 || masters <= 1, "nodes", null, "has no bootstrap master: add 'bootstrap: true' to one of the masters");
    }

    private void CheckRanges()
    {
        var pods = Range("network.podCidr", spec.Network.PodCidr);
        var services = Range("network.serviceCidr", spec.Network.ServiceCidr);
        var nodes = spec.Network.NodeCidr == null ? null : Range("network.nodeCidr", spec.Network.NodeCidr);
        Require(pods is null or { PrefixLength: >= 8 and <= 16 }, "network.podCidr", spec.Network.PodCidr, "must be a range of /8 to /16: each node takes a /24 of it for its pods, chosen by the last number of its address");
        Require(services is null or { PrefixLength: <= 28 }, "network.serviceCidr", spec.Network.ServiceCidr, "is too small: it must have room for .1 (the API) and .10 (cluster DNS), /28 or larger");
        Require(services is null or { PrefixLength: >= 12 }, "network.serviceCidr", spec.Network.ServiceCidr, "is too large: the API server takes /12 or smaller");
        Require(nodes is null or { PrefixLength: 24 }, "network.nodeCidr", spec.Network.NodeCidr, "must be a /24");
        RequireApart("network.podCidr", pods, "network.serviceCidr", services);
        RequireApart("network.nodeCidr", nodes, "network.podCidr", pods);
        RequireApart("network.nodeCidr", nodes, "network.serviceCidr", services);
        if (spec.Network.NodeCidr == null && spec.Machines.Provider != MachineProvider.Existing)
        {
            var derived = spec.Machines.Provider == MachineProvider.Virtualbox ? VirtualboxNodeNetworks : DerivedNodeNetworks;
            RequireApartFromDerived("network.podCidr", pods, derived);
            RequireApartFromDerived("network.serviceCidr", services, derived);
        }
    }

    private void CheckAddresses()
    {
        var existing = spec.Machines.Provider == MachineProvider.Existing;
        var network = spec.Network.NodeCidr;
        Require(!existing || spec.Network.VirtualAddress != null, "network.virtualAddress", null, "is needed with provider existing: a free address in the nodes' network, which will move among the masters");
        Require(!existing || network != null, "network.nodeCidr", null, "is needed with provider existing: the /24 that the nodes' addresses lie in");
        foreach (var (node, path) in NodesWithPaths())
        {
            Require(!existing || node.Address != null, $"{path}.address", null, "is needed with provider existing: the machine's IPv4 address");
            CheckAddress($"{path}.address", node.Address);
        }

        CheckAddress("network.virtualAddress", spec.Network.VirtualAddress);
        CheckCollisions();
    }

    private void CheckAddress(string path, string? text)
    {
        if (text == null || !Require(IsAddress(text), path, text, "must be an IPv4 address, as in 10.64.0.11") || !IsSound("network.nodeCidr"))
        {
            return;
        }

        if (spec.Network.NodeCidr is not { } network)
        {
            Require(spec.Machines.Provider == MachineProvider.Existing, path, text, "needs network.nodeCidr: without it the nodes' network is derived, and differs from checkout to checkout");
            return;
        }

        var last = IPAddress.Parse(text).GetAddressBytes()[3];
        Require(IPNetwork.Parse(network).Contains(IPAddress.Parse(text)), path, text, $"must lie in network.nodeCidr '{network}'");
        Require(last is not 0 and not 255, path, text, $"is no host address: it is the first or last of '{network}'");
        Require(last != 1 || spec.Machines.Provider == MachineProvider.Existing, path, text, "belongs to the build host: choose another than .1");
    }

    /// <summary>Addresses that follow from names count too, so this looks at the cluster as it will be.</summary>
    private void CheckCollisions()
    {
        Require(spec.Nodes.Count(node => node.Role == NodeRole.Worker) <= 154, "nodes", null, "has more than 154 workers: the nodes' /24 has no addresses for more");
        if (problems.Any(problem => problem.Path.StartsWith("nodes", StringComparison.Ordinal) || problem.Path.StartsWith("network", StringComparison.Ordinal)))
        {
            return;
        }

        var provider = spec.Machines.Provider == MachineProvider.Auto ? MachineProvider.Lxc : spec.Machines.Provider;
        var cluster = new Cluster(spec, "cluster.yaml", provider);
        RequireDistinct(cluster.Nodes.Select((node, index) => new Placed($"nodes[{index}].address", node.Address)), "address");
        var holder = cluster.Nodes.FirstOrDefault(node => node.Address == cluster.VirtualAddress);
        Require(holder == null, "network.virtualAddress", cluster.VirtualAddress, $"is the address of {holder?.Name}: it must be one that no node has");
    }

    private void CheckKubernetes()
    {
        var kubernetes = spec.Kubernetes;
        var version = kubernetes.Version;
        Require(version == null || IsRelease(version), "kubernetes.version", version, "must be a release from v1.20.0 on, as in v1.20.2");
        Require(version is null or "v1.20.2" || kubernetes.Source != KubernetesSource.Debian, "kubernetes.version", version, "must be v1.20.2 with source debian, or left out: Debian has no other");
        Require(kubernetes.Bundle != "", "kubernetes.bundle", "", "must be a folder");
        Require(IsDownloadServer(kubernetes.DownloadMirror), "kubernetes.downloadMirror", kubernetes.DownloadMirror, "must be an https:// address without a query, as in https://files.example/mirror; http:// is for a server on this machine alone");
        Require(kubernetes.BootkubeImage != "", "kubernetes.bootkubeImage", "", "must be an image reference");
    }

    private void CheckMachines()
    {
        Require(spec.Machines.Box.Length > 0, "machines.box", "", "must be the name of a Vagrant box, as in generic/debian12");
        Require(spec.Machines.Cpus is >= 1 and <= 64, "machines.cpus", spec.Machines.Cpus, "must be 1 to 64");
        Require(spec.Machines.MemoryMib is >= 1024 and <= 1048576, "machines.memoryMib", spec.Machines.MemoryMib, "must be 1024 to 1048576 (MiB)");
    }

    private void CheckPki()
    {
        var pki = spec.Pki;
        RequireLifetime("pki.caLifetime", pki.CaLifetime);
        RequireLifetime("pki.leafLifetime", pki.LeafLifetime);
        Require(
            pki.LeafLifetime <= pki.CaLifetime || !IsSound("pki.caLifetime"),
            "pki.leafLifetime",
            Lifetime.Words(pki.LeafLifetime),
            $"must not be longer than pki.caLifetime '{Lifetime.Words(pki.CaLifetime)}': no certificate outlives its issuer");
        var flaw = DistinguishedName.FlawOf(pki.SubjectPrefix);
        Require(flaw == null, "pki.subjectPrefix", pki.SubjectPrefix, flaw ?? "");
        for (var index = 0; index < pki.ExtraSans.Count; index++)
        {
            Require(HostNames.IsSubjectAlternativeName(pki.ExtraSans[index]), $"pki.extraSans[{index}]", pki.ExtraSans[index], "must be a DNS name or an IP address");
        }
    }

    private void CheckAddons()
    {
        for (var index = 0; index < spec.Addons.Count; index++)
        {
            if (!Choices.Addon.TryParse(spec.Addons[index], out _) && IsSound($"addons[{index}]"))
            {
                problems.Add(Choices.Addon.ProblemOf($"addons[{index}]", spec.Addons[index]));
            }
        }

        RequireDistinct(spec.Addons.Select((addon, index) => new Placed($"addons[{index}]", addon)), "add-on");
        var ingress = spec.Addons.ToList().IndexOf(KnownAddons.IngressController);
        Require(
            ingress < 0 || spec.Addons.Contains(KnownAddons.DefaultBackend),
            $"addons[{ingress}]",
            KnownAddons.IngressController,
            $"needs {KnownAddons.DefaultBackend}, which answers what no Ingress asks for: add it, or remove {KnownAddons.IngressController}");
        Require(
            spec.Network.Cni != CniKind.Flannel || spec.Addons.Contains(KnownAddons.Flannel),
            "network.cni",
            "flannel",
            $"needs the add-on {KnownAddons.Flannel}: add it to addons, or choose auto or bridge");
    }

    private IEnumerable<PlacedNode> NodesWithPaths() => spec.Nodes.Select((node, index) => new PlacedNode(node, $"nodes[{index}]"));

    private bool IsSound(string path) => problems.All(problem => problem.Path != path);

    /// <summary>Adds a problem if the rule is broken; one problem a place is enough.</summary>
    private bool Require(bool holds, string path, object? value, string rule)
    {
        if (!holds && IsSound(path))
        {
            problems.Add(new Problem(path, value?.ToString(), rule));
        }

        return holds;
    }

    private void RequireDistinct(IEnumerable<Placed> values, string what)
    {
        foreach (var group in values.Where(value => value.Value.Length > 0).GroupBy(value => value.Value, StringComparer.Ordinal))
        {
            foreach (var (path, value) in group.Skip(1))
            {
                Require(false, path, value, $"is the {what} of {group.First().Path} too: each {what} must be there once");
            }
        }
    }

    private void RequireLifetime(string path, TimeSpan lifetime)
    {
        Require(lifetime > TimeSpan.Zero, path, Lifetime.Words(lifetime), "must be longer than zero, as in 1y");
        Require(lifetime <= TimeSpan.FromDays(365 * 100), path, Lifetime.Words(lifetime), "must be at most 100y");
    }

    private IPNetwork? Range(string path, string text)
    {
        if (IPNetwork.TryParse(text, out var network) && network.BaseAddress.AddressFamily == AddressFamily.InterNetwork && network.ToString() == text)
        {
            var sound = true;
            foreach (var reserved in ReservedNetworks)
            {
                sound &= Require(!reserved.Overlaps(network), path, text, $"overlaps {reserved}, which is reserved: choose a private range, as in 10.2.0.0/16");
            }

            return sound ? network : null;
        }

        Require(false, path, text, "must be an IPv4 range that begins at its first address, as in 10.2.0.0/16");
        return null;
    }

    private void RequireApart(string path, IPNetwork? range, string otherPath, IPNetwork? other)
    {
        if (range is { } one && other is { } two && IsSound(path) && IsSound(otherPath))
        {
            Require(!one.Overlaps(two), path, one, $"overlaps {otherPath} '{two}': choose two ranges that share no address");
        }
    }

    private void RequireApartFromDerived(string path, IPNetwork? range, IPNetwork derived) =>
        Require(range is not { } one || !one.Overlaps(derived), path, range, $"overlaps {derived}, where the nodes' network is chosen from: choose another range, or set network.nodeCidr");

    private static bool IsAddress(string text) =>
        IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork && address.ToString() == text;

    private static bool IsDownloadServer(string? address) =>
        address == null || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0 && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)));

    private static bool IsRelease(string version) =>
        ReleaseVersion.TryParse(version) is { Major: 1, Minor: >= 20 };

    private sealed record PlacedNode(NodeSpec Node, string Path);

    private sealed record Placed(string Path, string Value);
}

using KubePivot.Files;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Configuration;

/// <summary>Reads cluster.yaml: YAML to <see cref="ClusterSpec"/>, strictly, with <see cref="ClusterDefaults"/> for what is left out.</summary>
public static class ClusterFile
{
    /// <summary>Reads and validates a file.</summary>
    /// <exception cref="InvalidInputException">With everything that is wrong with it, at once.</exception>
    public static ClusterSpec Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), Path.GetFileName(path));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException($"There is no cluster file {path}. Name another with --cluster-file, or copy the cluster.yaml of a fresh checkout.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The cluster file {path} could not be read: {exception.Message}");
        }
    }

    /// <param name="name">Name of the file, for messages.</param>
    /// <inheritdoc cref="Load"/>
    public static ClusterSpec Parse(string yaml, string name)
    {
        var problems = new List<Problem>();
        var spec = Read(RootOf(yaml, name), problems);
        ClusterValidation.Check(spec, problems);
        return problems.Count == 0 ? spec : throw ClusterValidation.Refusal(name, problems);
    }

    private static YamlMappingNode RootOf(string yaml, string name)
    {
        YamlStream stream;
        try
        {
            stream = BoundedYaml.Load(yaml);
        }
        catch (YamlException exception)
        {
            throw new InvalidInputException(
                $"{name} is not YAML: line {exception.Start.Line}, column {exception.Start.Column}: {(exception.InnerException ?? exception).Message}");
        }

        return stream.Documents.Count switch
        {
            0 => [],
            1 => stream.Documents[0].RootNode as YamlMappingNode
                ?? throw new InvalidInputException($"{name} must be a mapping (key: value), as in 'name: {ClusterDefaults.Spec.Name}'."),
            _ => throw new InvalidInputException($"{name} holds {stream.Documents.Count} YAML documents, but must hold one: remove the '---' lines."),
        };
    }

    private static ClusterSpec Read(YamlMappingNode root, List<Problem> problems)
    {
        var defaults = ClusterDefaults.Spec;
        var file = new YamlSection(root, "", ["name", "domain", "namespace", "nodes", "network", "kubernetes", "machines", "pki", "registries", "proxy", "addons", "dashboard", "kubeSystemAdmin"], problems);
        return new ClusterSpec
        {
            Name = file.Text("name", defaults.Name),
            Domain = file.Text("domain", defaults.Domain),
            Namespace = file.Text("namespace", defaults.Namespace),
            Nodes = file.Sections("nodes", "name", "role", "bootstrap", "address", "user", "key", "port")?.Select(ReadNode).ToList() ?? defaults.Nodes,
            Network = ReadNetwork(file.Section("network", "podCidr", "serviceCidr", "nodeCidr", "virtualAddress", "clusterDomain", "cni"), defaults.Network),
            Kubernetes = ReadKubernetes(file.Section("kubernetes", "source", "version", "bundle", "images", "downloadMirror", "bootkubeImage"), defaults.Kubernetes),
            Machines = ReadMachines(file.Section("machines", "provider", "box", "cpus", "memoryMib"), defaults.Machines),
            Pki = ReadPki(file.Section("pki", "keyAlgorithm", "caLifetime", "leafLifetime", "subjectPrefix", "extraSans"), defaults.Pki),
            Registries = ReadRegistries(file.Section("registries", "mirrors", "mirrorsOnly", "credentials", "authorities")),
            Proxy = ReadProxy(file.Section("proxy", "http", "https", "noProxy")),
            Addons = file.Texts("addons", defaults.Addons),
            Dashboard = file.Choice("dashboard", Choices.Dashboard, defaults.Dashboard),
            KubeSystemAdmin = file.Flag("kubeSystemAdmin", defaults.KubeSystemAdmin),
        };
    }

    private static NodeSpec ReadNode(YamlSection node)
    {
        node.RequiredText("role");
        return new NodeSpec
        {
            Name = node.RequiredText("name"),
            Role = node.Choice("role", Choices.Role, NodeRole.Worker),
            Bootstrap = node.Flag("bootstrap"),
            Address = node.OptionalText("address"),
            SshUser = node.OptionalText("user"),
            SshKeyFile = node.OptionalText("key"),
            SshPort = node.Number("port", 22),
        };
    }

    private static NetworkSpec ReadNetwork(YamlSection network, NetworkSpec defaults) => new()
    {
        PodCidr = network.Text("podCidr", defaults.PodCidr),
        ServiceCidr = network.Text("serviceCidr", defaults.ServiceCidr),
        NodeCidr = network.OptionalText("nodeCidr"),
        VirtualAddress = network.OptionalText("virtualAddress"),
        ClusterDomain = network.Text("clusterDomain", defaults.ClusterDomain),
        Cni = network.Choice("cni", Choices.Cni, defaults.Cni),
    };

    private static KubernetesSpec ReadKubernetes(YamlSection kubernetes, KubernetesSpec defaults) => new()
    {
        Source = kubernetes.Choice("source", Choices.Source, defaults.Source),
        Version = kubernetes.OptionalText("version"),
        Bundle = kubernetes.OptionalText("bundle"),
        Images = kubernetes.Map("images", (images, component) => images.RequiredText(component)),
        DownloadMirror = kubernetes.OptionalText("downloadMirror"),
        BootkubeImage = kubernetes.OptionalText("bootkubeImage"),
    };

    private static RegistriesSpec ReadRegistries(YamlSection registries) => new()
    {
        Mirrors = registries.Map("mirrors", (mirrors, registry) => mirrors.Texts(registry, [])),
        MirrorsOnly = registries.Flag("mirrorsOnly"),
        Credentials = registries.Map("credentials", (credentials, host) =>
        {
            var account = credentials.Section(host, "username", "passwordFile");
            return new RegistryAccount(account.RequiredText("username"), account.RequiredText("passwordFile"));
        }),
        Authorities = registries.Map("authorities", (authorities, host) => authorities.RequiredText(host)),
    };

    private static ProxySpec ReadProxy(YamlSection proxy) => new()
    {
        Http = proxy.OptionalText("http"),
        Https = proxy.OptionalText("https"),
        NoProxy = proxy.Texts("noProxy", []),
    };

    private static MachinesSpec ReadMachines(YamlSection machines, MachinesSpec defaults) => new()
    {
        Provider = machines.Choice("provider", Choices.Provider, defaults.Provider),
        Box = machines.Text("box", defaults.Box),
        Cpus = machines.Number("cpus", defaults.Cpus),
        MemoryMib = machines.Number("memoryMib", defaults.MemoryMib),
    };

    private static PkiSpec ReadPki(YamlSection pki, PkiSpec defaults) => new()
    {
        KeyAlgorithm = pki.Choice("keyAlgorithm", Choices.KeyAlgorithm, defaults.KeyAlgorithm),
        CaLifetime = pki.Duration("caLifetime", defaults.CaLifetime),
        LeafLifetime = pki.Duration("leafLifetime", defaults.LeafLifetime),
        SubjectPrefix = pki.Text("subjectPrefix", defaults.SubjectPrefix),
        ExtraSans = pki.Texts("extraSans", defaults.ExtraSans),
    };
}

using KubePivot.Configuration;
using KubePivot.Pki;
using KubePivot.Stages;
using Microsoft.Extensions.Time.Testing;

namespace KubePivot.Tests.Pki;

/// <summary>A checkout in a folder of its own, in which GeneratePki runs at a time of the test's choosing.</summary>
internal sealed class PkiOnDisk : IDisposable
{
    public PkiOnDisk() => Paths = new ClusterPaths(Directory.CreateTempSubdirectory("kubepivot-pki-").FullName);

    public static DateTimeOffset Start { get; } = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public ClusterPaths Paths { get; }

    public FakeTimeProvider Clock { get; init; } = new(Start);

    public RecordingReporter Reporter { get; } = new();

    public ClusterSpec Spec { get; set; } = ClusterDefaults.Spec;

    public Cluster Cluster => new(Spec, "/clusters/cluster.yaml", MachineProvider.Lxc);

    /// <summary>The folders of what was kept aside, oldest first.</summary>
    public IReadOnlyList<string> Aside => [.. Directory.GetDirectories(Paths.State, "pki-*").Order(StringComparer.Ordinal)];

    public void Generate(PkiChange change = PkiChange.WhatIsNeeded)
    {
        Reporter.Lines.Clear();
        new GeneratePkiStage(new StageContext { Cluster = Cluster, Paths = Paths, Reporter = Reporter, Clock = Clock }, change).RunAsync().GetAwaiter().GetResult();
    }

    public string PathOf(string file) => Path.Combine(Paths.Pki, file);

    public Certificate Certificate(string name) => KubePivot.Pki.Certificate.FromPem(File.ReadAllText(PathOf($"{name}.crt")));

    /// <summary>All files of the PKI with their content.</summary>
    public IReadOnlyDictionary<string, string> Contents() =>
        Directory.GetFiles(Paths.Pki).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);

    /// <summary>Names of the certificates that a piece of work changes.</summary>
    public IReadOnlyList<string> ChangedBy(Action work)
    {
        var before = Contents();
        work();
        return [.. Contents().Where(file => file.Key.EndsWith(".crt", StringComparison.Ordinal) && before.GetValueOrDefault(file.Key) != file.Value).Select(file => file.Key[..^4]).Order(StringComparer.Ordinal)];
    }

    public void Dispose() => Directory.Delete(Paths.Root, recursive: true);
}

internal sealed class RecordingReporter : IStageReporter
{
    public List<string> Lines { get; } = [];

    public void Info(string message, string? node = null) => Lines.Add(message);

    public void Warning(string message, string? node = null) => Lines.Add($"warning: {message}");

    public void Detail(string message, string? node = null) => Lines.Add($"detail: {message}");

    public IDisposable Step(string step, string? node = null) => new MemoryStream();
}

using System.Text;
using CsCheck;
using KubePivot.Configuration;
using KubePivot.Pki;
using KubePivot.Tests.Pki;

namespace KubePivot.Tests.Properties;

public class PkiFolderProperties
{
    /// <summary>One master: fewer certificates, more cases.</summary>
    private static readonly ClusterSpec Spec = ClusterDefaults.Spec with { Nodes = [new NodeSpec { Name = "master01", Role = NodeRole.Master, Bootstrap = true }] };

    private static readonly IReadOnlyDictionary<string, string> Original = Generated(KeyAlgorithm.EcdsaP256);

    private static readonly IReadOnlyDictionary<string, string> Foreign = Generated(KeyAlgorithm.EcdsaP256);

    private static readonly string[] Names = [.. Original.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What happens to a file of the folder: a name for messages, and the deed.</summary>
    private static readonly Gen<Damage> Damages = Gen.Int[0, Names.Length - 1].SelectMany(which => Gen.OneOf(
        Gen.Const(new Damage($"delete {Names[which]}", file => Clear(file(Names[which])))),
        Gen.Const(new Damage($"a folder in place of {Names[which]}", file =>
        {
            Clear(file(Names[which]));
            Directory.CreateDirectory(file(Names[which]));
        })),
        Gen.OneOf("/dev/null", "/nowhere", "ca.crt", ".").Select(target => new Damage($"{Names[which]} is a link to {target}", file =>
        {
            Clear(file(Names[which]));
            File.CreateSymbolicLink(file(Names[which]), target);
        })),
        Gen.Const(new Damage($"{Names[which]} of another PKI", file => Put(file(Names[which]), Encoding.UTF8.GetBytes(Foreign[Names[which]])))),
        Gen.Int[0, Names.Length - 1].Select(other => new Damage($"{Names[other]} in place of {Names[which]}", file => Put(file(Names[which]), Encoding.UTF8.GetBytes(Original[Names[other]])))),
        Mutations.OfBytes(Encoding.UTF8.GetBytes(Original[Names[which]])).Select(bytes => new Damage($"{Names[which]}: {Encoding.Latin1.GetString(bytes)}", file => Put(file(Names[which]), bytes)))));

    [Fact]
    public void A_damaged_PKI_is_refused_and_left_as_it_is_or_made_whole() => Property.Holds(
        Damages.Array[1, 2],
        40,
        damages =>
        {
            using var pki = new PkiOnDisk { Spec = Spec };
            Directory.CreateDirectory(pki.Paths.Pki);
            foreach (var (name, text) in Original)
            {
                File.WriteAllText(pki.PathOf(name), text);
            }

            foreach (var damage in damages)
            {
                damage.Do(pki.PathOf);
            }

            var before = Snapshot(pki.Paths.State);
            if (Property.IsTakenOrRefused(() => pki.Generate()))
            {
                Assert.NotEmpty(ClusterPki.Load(pki.Paths, pki.Cluster).Fingerprint);
                pki.Generate();
                Assert.Contains("All certificates verify, cover what is asked and last; none was issued.", pki.Reporter.Lines);
            }
            else
            {
                Assert.Equal(before, Snapshot(pki.Paths.State));
            }

            Property.IsTakenOrRefused(() => PkiState.Expiries(pki.Paths, pki.Clock));
            Property.IsTakenOrRefused(() => PkiState.Fingerprint(pki.Paths, pki.Clock));
        },
        damages => string.Join("; ", damages.Select(damage => damage.Name)));

    /// <summary>The damage before this one may have put a folder there.</summary>
    private static void Clear(string file)
    {
        if (Directory.Exists(file) && new FileInfo(file).LinkTarget == null)
        {
            Directory.Delete(file);
        }
        else
        {
            File.Delete(file);
        }
    }

    private static void Put(string file, byte[] content)
    {
        if (!Directory.Exists(file))
        {
            File.Delete(file);
            File.WriteAllBytes(file, content);
        }
    }

    private static List<string> Snapshot(string folder) => [.. Directory.GetFileSystemEntries(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Order(StringComparer.Ordinal)
        .Select(entry => $"{entry} {(Directory.Exists(entry) ? "" : Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(entry))))}")];

    private static IReadOnlyDictionary<string, string> Generated(KeyAlgorithm algorithm)
    {
        using var pki = new PkiOnDisk { Spec = Spec with { Pki = Spec.Pki with { KeyAlgorithm = algorithm } } };
        pki.Generate();
        return pki.Contents();
    }

    /// <param name="Do">Given the way from a file's name to its path.</param>
    private sealed record Damage(string Name, Action<Func<string, string>> Do);
}

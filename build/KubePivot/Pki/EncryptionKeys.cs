namespace KubePivot.Pki;

/// <summary>How far a rotation of the key is. Each step is safe to repeat, and each phase can be told from the file alone.</summary>
public enum EncryptionPhase
{
    /// <summary>There is one key, and no rotation.</summary>
    Settled,

    /// <summary>The new key is in the file; every API server must know it before one writes with it.</summary>
    Added,

    /// <summary>The new key is the one to write with; Secrets under the old one are to be written again.</summary>
    Promoted,

    /// <summary>Every Secret lies under the new key; the servers are to forget the old one.</summary>
    Dropped,
}

/// <summary>The keys that Secrets are encrypted with in etcd. Immutable; the twin of the service-account key, but of a life of its own.</summary>
/// <remarks>The order of a rotation: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/#rotating-a-decryption-key.</remarks>
public sealed class EncryptionKeys
{
    /// <summary>Far more than a rotation ever needs.</summary>
    private const int MostKeys = 50;

    /// <param name="keys">Among them exactly one to write with.</param>
    public EncryptionKeys(IEnumerable<EncryptionKey> keys) => Keys = [.. keys.OrderBy(key => key.Role)];

    /// <summary>The one that is written with first.</summary>
    public IReadOnlyList<EncryptionKey> Keys { get; }

    /// <summary>The key that Secrets are written with.</summary>
    public EncryptionKey Write => Keys.Single(key => key.Role == EncryptionKeyRole.Write);

    public EncryptionPhase Phase =>
        Has(EncryptionKeyRole.Next) ? EncryptionPhase.Added
        : Has(EncryptionKeyRole.Previous) ? EncryptionPhase.Promoted
        : Has(EncryptionKeyRole.Dropped) ? EncryptionPhase.Dropped
        : EncryptionPhase.Settled;

    /// <summary>The keys that API servers are given, in the order in which they try them; "not encrypted" is not among them.</summary>
    public IReadOnlyList<EncryptionKey> InUse => [.. Keys.Where(key => key.Role != EncryptionKeyRole.Dropped && !key.IsIdentity)];

    /// <summary>For a cluster that is yet to be made: its first Secret is encrypted already.</summary>
    public static EncryptionKeys ForNewCluster() => new([EncryptionKey.Generate(EncryptionKeyRole.Write)]);

    /// <summary>
    /// For a cluster that may run without encryption: every API server learns to read with the key first, and the rotation makes it
    /// the one to write with. A server without it could not read what another one has written.
    /// </summary>
    public static EncryptionKeys ForRunningCluster() => new([EncryptionKey.NoEncryption(EncryptionKeyRole.Write), EncryptionKey.Generate(EncryptionKeyRole.Next)]);

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else; the words hold nothing of a key.</exception>
    public static EncryptionKeys Parse(string text)
    {
        var lines = text.Split('\n').Select((line, index) => (Text: line.Trim(), Number: index + 1)).Where(line => line.Text.Length > 0 && line.Text[0] != '#').Take(MostKeys + 1).ToList();
        var keys = lines.Select(line =>
        {
            try
            {
                return EncryptionKey.Parse(line.Text);
            }
            catch (FormatException exception)
            {
                throw new FormatException($"is damaged: line {line.Number} {exception.Message}", exception);
            }
        }).ToList();
        return keys.Count > MostKeys ? throw new FormatException($"holds more than {MostKeys} keys")
            : keys.Count(key => key.Role == EncryptionKeyRole.Write) != 1 ? throw new FormatException("must hold exactly one key to write with")
            : keys.Count(key => key.Role == EncryptionKeyRole.Next) > 1 ? throw new FormatException("must hold at most one next key")
            : keys.DistinctBy(key => key.Name).Count() != keys.Count ? throw new FormatException("holds a key twice")
            : new EncryptionKeys(keys);
    }

    /// <summary>The file. A secret.</summary>
    public string ToText() => string.Concat(Keys.Select(key => $"{key.ToLine()}\n"));

    /// <summary>The step into the next phase, from <see cref="EncryptionPhase.Settled"/> to a new rotation.</summary>
    public EncryptionKeys Next() => Phase switch
    {
        EncryptionPhase.Settled => new([.. Keys, EncryptionKey.Generate(EncryptionKeyRole.Next)]),
        EncryptionPhase.Added => Moved((EncryptionKeyRole.Write, EncryptionKeyRole.Previous), (EncryptionKeyRole.Next, EncryptionKeyRole.Write)),
        EncryptionPhase.Promoted => Moved((EncryptionKeyRole.Previous, EncryptionKeyRole.Dropped)),
        _ => new(Keys.Where(key => key.Role != EncryptionKeyRole.Dropped)),
    };

    /// <summary>The same with keys of an earlier time, to read with; those that are there already stay what they are.</summary>
    public EncryptionKeys WithPrevious(IEnumerable<EncryptionKey> earlier)
    {
        var added = earlier.Where(key => InUse.All(known => known.Name != key.Name)).Select(key => key with { Role = EncryptionKeyRole.Previous }).ToList();
        return new([.. Keys.Where(key => added.All(taken => taken.Name != key.Name)), .. added]);
    }

    private bool Has(EncryptionKeyRole role) => Keys.Any(key => key.Role == role);

    private EncryptionKeys Moved(params (EncryptionKeyRole From, EncryptionKeyRole To)[] moves) => new(Keys.Select(key =>
        moves.Where(move => move.From == key.Role).Select(move => key with { Role = move.To }).FirstOrDefault(key)));
}

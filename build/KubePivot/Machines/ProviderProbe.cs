namespace KubePivot.Machines;

/// <summary>Whether machines of a provider can be made on this host.</summary>
/// <param name="Obstacle">What is missing and how to get it; null: the provider can be used.</param>
public sealed record ProviderProbe(string? Obstacle)
{
    public static ProviderProbe Usable { get; } = new((string?)null);

    public bool IsUsable => Obstacle == null;
}

namespace KubePivot.Testing;

/// <summary>What <c>Soak</c> does, to a throw-away cluster and to the build.</summary>
public enum SoakHarm
{
    /// <summary>Everything.</summary>
    All,

    /// <summary>Machines lose their power, all at once.</summary>
    Power,

    /// <summary>Something is killed at a random moment of a bootstrap, and another bootstrap has to mend it.</summary>
    Kills,

    /// <summary>Damaged and hostile inputs are thrown at the build: so many times as many as in <c>Test</c>, without any cluster.</summary>
    Inputs,
}

namespace KubePivot.Pki;

/// <summary>What a run changes in the PKI folder.</summary>
public enum PkiChange
{
    /// <summary>What is missing, is due, or is not what the cluster file asks for.</summary>
    WhatIsNeeded,

    /// <summary>Every leaf is issued anew from the authorities that are there.</summary>
    Leaves,

    /// <summary>Everything, authorities and service-account key included, at once: what runs with the old ones does not trust the new ones. The key that Secrets are encrypted with stays: RotateEncryptionKey replaces that.</summary>
    Everything,

    /// <summary>First step of a rotation: new authorities and a new service-account key are made, to be trusted beside the ones in use.</summary>
    TrustNext,

    /// <summary>Second step: the new ones are those in use, and every leaf is issued anew; the old ones are still trusted.</summary>
    SwitchToNext,

    /// <summary>Last step: the old ones are trusted no more.</summary>
    DropPrevious,
}

/// <summary>How far the rotation of the authorities and of the service-account key has come, as the PKI folder shows it.</summary>
public enum RotationState
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>New ones lie there and are to be trusted; those of before are in use.</summary>
    TrustsNext,

    /// <summary>The new ones are in use; those of before are still trusted.</summary>
    TrustsPrevious,
}

namespace KubePivot.Pki;

/// <summary>When a certificate is due for renewal.</summary>
public static class RenewalRule
{
    /// <summary>A certificate is kept while more than this is left of it: 30 days.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromDays(30);

    /// <summary>Whether a certificate is due: 30 days or less are left; of one made for less than that, a third of its lifetime.</summary>
    public static bool IsDue(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now)
    {
        var lifetime = notAfter - notBefore - CertificateAuthority.Backdating;
        return notAfter - now <= (lifetime > Margin ? Margin : lifetime / 3);
    }
}

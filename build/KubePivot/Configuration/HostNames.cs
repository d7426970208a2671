using System.Net;

namespace KubePivot.Configuration;

/// <summary>Names of hosts and domains as RFC 1123 and Kubernetes take them, lower case only.</summary>
internal static class HostNames
{
    public const string DomainRule = "must be a DNS domain (RFC 1123): labels of a to z, 0 to 9 and '-', joined by dots, at most 253 characters";

    public static bool IsLabel(string text)
    {
        foreach (var character in text)
        {
            if (!char.IsAsciiLetterLower(character) && !char.IsAsciiDigit(character) && character != '-')
            {
                return false;
            }
        }

        return text.Length is > 0 and <= 63 && text[0] != '-' && text[^1] != '-';
    }

    /// <summary>An address looks like labels too, and is none.</summary>
    public static bool IsDomain(string text) => text.Length <= 253 && text.Split('.').All(IsLabel) && !IPAddress.TryParse(text, out _);

    /// <summary>A DNS name, with or without a leading <c>*.</c>, or an IP address.</summary>
    public static bool IsSubjectAlternativeName(string text) =>
        IPAddress.TryParse(text, out var address) ? address.ToString() == text : IsDomain(text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text);
}

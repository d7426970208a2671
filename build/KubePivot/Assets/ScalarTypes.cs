using System.Globalization;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Assets;

/// <summary>Whether a scalar of YAML can stand for a value of a type, read as the API server reads it.</summary>
internal static partial class ScalarTypes
{
    /// <summary>What was expected, in words, or null if the scalar will do.</summary>
    public static string? Expected(YamlScalarNode scalar, Type type)
    {
        var plain = scalar.Style == ScalarStyle.Plain;
        var text = scalar.Value ?? "";
        if (plain && IsNull(text))
        {
            // The API drops a null; in a template it is a value that was forgotten.
            return "given: it is empty";
        }

        if (type == typeof(string))
        {
            return plain && (IsBoolean(text) || IsNumber(text)) ? "text: put it in quotes" : null;
        }

        if (type == typeof(bool))
        {
            return plain && text is "true" or "false" ? null : "true or false";
        }

        if (type == typeof(int) || type == typeof(long))
        {
            return plain && IsInteger(text) ? null : "a decimal number without leading zeros";
        }

        if (type == typeof(byte[]))
        {
            return Convert.TryFromBase64String(text, new byte[text.Length], out _) ? null : "base64";
        }

        return type.Namespace == "k8s.Models" && ModelFields.Fields(type).Count > 0 && type.Name is not ("ResourceQuantity" or "IntOrString")
            ? "a map"
            : type.IsGenericType && type.Name != "Nullable`1" ? "a list or a map" : null;
    }

    private static bool IsNull(string text) => text is "" or "~" or "null" or "Null" or "NULL";

    private static bool IsBoolean(string text) =>
        text.ToLowerInvariant() is "true" or "false" or "yes" or "no" or "on" or "off" or "y" or "n";

    private static bool IsInteger(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && text == value.ToString(CultureInfo.InvariantCulture);

    /// <summary>Source: yaml.v2, resolve.go: it begins like one; also in another base, with underscores between the digits, or without end.</summary>
    private static bool IsNumber(string text)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        return text.Length > 0 && (char.IsAsciiDigit(text[0]) || text[0] is '+' or '-' or '.')
            && (double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out _) || NotDecimal().IsMatch(digits));
    }

    [GeneratedRegex(@"^([-+]?(0x[0-9a-f]+|0o[0-7]+|0b[01]+|\.inf)|\.nan)$", RegexOptions.IgnoreCase)]
    private static partial Regex NotDecimal();
}

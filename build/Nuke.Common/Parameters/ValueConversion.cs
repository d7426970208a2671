using System.Globalization;
using Nuke.Common.IO;

namespace Nuke.Common;

/// <summary>From words to values: text, numbers, bool, enums (in any case), paths, and arrays of those.</summary>
internal static class ValueConversion
{
    /// <param name="values">None: a bool is true, an array empty, everything else null.</param>
    /// <exception cref="FormatException">A value is not of the type.</exception>
    public static object Convert(IReadOnlyList<string> values, Type type)
    {
        if (type.IsArray)
        {
            var element = type.GetElementType();
            var array = Array.CreateInstance(element, values.Count);
            for (var i = 0; i < values.Count; i++)
            {
                array.SetValue(ConvertOne(values[i], element), i);
            }

            return array;
        }

        return values.Count switch
        {
            0 => type == typeof(bool) ? true : null,
            1 => ConvertOne(values[0], type),
            _ when type == typeof(string) => throw new FormatException($"Value [ {string.Join(", ", values)} ] could not be converted to 'string'"),
            _ => throw new FormatException($"Value [ {string.Join(", ", values)} ] could not be converted to '{DisplayName(type)}'"),
        };
    }

    private static object ConvertOne(string value, Type type)
    {
        try
        {
            return type == typeof(string) ? value
                : type == typeof(bool) ? bool.Parse(value)
                : type.IsEnum ? ParseEnum(value, type)
                : type == typeof(AbsolutePath) ? AbsolutePath.FromWorkingDirectory(value)
                : System.Convert.ChangeType(value, type, CultureInfo.InvariantCulture);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or InvalidCastException or ArgumentException)
        {
            throw new FormatException($"Value '{value}' could not be converted to '{DisplayName(type)}'");
        }
    }

    /// <summary>Names only: a number is no name.</summary>
    private static object ParseEnum(string value, Type type) =>
        Enum.TryParse(type, value, ignoreCase: true, out var parsed) && Enum.IsDefined(type, parsed) ? parsed : throw new FormatException();

    private static string DisplayName(Type type) => (type == typeof(int) ? "int" : type == typeof(bool) ? "bool" : type.Name)
        + (type.IsValueType ? "?" : "");
}

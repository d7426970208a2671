namespace Nuke.Common;

/// <summary>
/// The words of a call: those before the first option are targets; an option starts with a dash, is compared without dashes and case,
/// and has the words up to the next option as its values. Of an option given twice the last counts.
/// </summary>
internal sealed class ArgumentParser(IEnumerable<string> words)
{
    private readonly string[] arguments = [.. words];

    public bool HasOption(string name) => IndexOf(name) >= 0;

    /// <summary>The value of an option that was given.</summary>
    /// <exception cref="Exception">It cannot be converted: with all words of the call.</exception>
    public object Get(string name, Type type, char? separator)
    {
        var values = arguments.Skip(IndexOf(name) + 1).TakeWhile(word => !IsOption(word)).ToArray();
        return Convert(name, values, type, separator);
    }

    public object GetPositional(Type type, char? separator)
    {
        var values = arguments.TakeWhile(word => !IsOption(word)).ToArray();
        return values.Length == 0 ? null : Convert("$all-positional", values, type, separator);
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    private int IndexOf(string name) => Array.FindLastIndex(
        arguments,
        word => IsOption(word) && WithoutDashes(word).Equals(WithoutDashes(name), StringComparison.OrdinalIgnoreCase));

    private static string WithoutDashes(string word) => word.Replace("-", "", StringComparison.Ordinal);

    private object Convert(string name, string[] values, Type type, char? separator)
    {
        try
        {
            return ValueConversion.Convert(separator is { } character ? [.. values.SelectMany(value => value.Split(character))] : values, type);
        }
        catch (FormatException exception)
        {
            throw new Exception(string.Join(
                Environment.NewLine,
                [$"Resolving argument '{name}' failed.", exception.Message, "Arguments were:", .. arguments.Select((word, index) => $"  [{index}] = {word}")]));
        }
    }
}

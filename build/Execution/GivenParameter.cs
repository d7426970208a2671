using System.Reflection;
using System.Text;
using KubePivot.Configuration;
using Nuke.Common;
using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>A parameter of the build, and whether what was given for it can be its value.</summary>
internal sealed class GivenParameter(MemberInfo member, ParameterAttribute attribute)
{
    private string Name => attribute.Name ?? member.Name;

    private Type Type
    {
        get
        {
            var type = member is FieldInfo info ? info.FieldType : ((PropertyInfo)member).PropertyType;
            return Nullable.GetUnderlyingType(type) ?? type;
        }
    }

    /// <summary>Name on the command line, without the leading dashes: <c>cluster-file</c>.</summary>
    public string Option => Dashed(Name);

    /// <summary>Declared by the engine, which checks it itself.</summary>
    public bool IsEngines => member.DeclaringType == typeof(NukeBuild);

    /// <summary>What is wrong with the given value, wherever it was given; null if it is right or there is none.</summary>
    public Problem? Check(GivenArguments arguments, IReadOnlyCollection<ExecutableTarget> targets)
    {
        var values = arguments.ValuesOf(Option);
        if (values is { Count: 0 } && Type != typeof(bool) && !Type.IsArray)
        {
            return new Problem($"--{Option}", null, "needs a value");
        }

        try
        {
            attribute.GetValue(member, instance: null!);
            return null;
        }
        catch (Exception exception)
        {
            var given = values == null ? null : string.Join(' ', values);
            if (values?.FirstOrDefault(value => IsTarget(value, targets)) is { } target)
            {
                return new Problem($"--{Option}", given, $"targets come before the first option: ./build.sh {target} --{Option}");
            }

            return new Problem(values == null ? $"{Name}, from the environment or a parameters file" : $"--{Option}", given, Rule(given, exception));
        }
    }

    private static bool IsTarget(string word, IReadOnlyCollection<ExecutableTarget> targets) =>
        targets.Any(target => target.Name.Equals(word.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));

    private string Rule(string? given, Exception exception)
    {
        if (Type.IsEnum)
        {
            var names = Enum.GetNames(Type).Select(name => name.ToLowerInvariant()).ToList();
            return $"must be one of {string.Join(", ", names)}{(given == null ? "" : Nearest.Hint(given, names))}";
        }

        return Type == typeof(int) ? "must be a whole number"
            : Type == typeof(bool) ? "must be true or false; the option alone means true"
            : exception.Message.ReplaceLineEndings("\n").Split('\n').FirstOrDefault(line => line.StartsWith("Value ", StringComparison.Ordinal)) ?? "cannot be read";
    }

    private static string Dashed(string name)
    {
        var text = new StringBuilder();
        foreach (var character in name)
        {
            if (char.IsUpper(character) && text.Length > 0 && char.IsLower(text[^1]))
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(character));
        }

        return text.ToString();
    }
}

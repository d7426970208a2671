using System.Reflection;
using Nuke.Common.Execution;
using Serilog;

namespace Nuke.Common;

/// <summary>Where values of parameters come from: the command line, then the environment, then profiles, then parameters.json.</summary>
internal sealed class ParameterService
{
    private const BindingFlags Members =
        BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private readonly ArgumentParser arguments = new(EnvironmentInfo.CommandLineArguments);

    public static ParameterService Instance { get; } = new();

    /// <summary>Values of the parameters files; null until they are read.</summary>
    public ParametersFiles Files { get; set; }

    /// <summary>Name in files and, dashed, on the command line: that of the attribute, else the member's own.</summary>
    public static string NameOf(MemberInfo member) => member.GetCustomAttribute<ParameterAttribute>()?.Name ?? member.Name;

    public static Type TypeOf(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    /// <summary>All parameters of a build class, its own and the engine's, sorted by name.</summary>
    public static IReadOnlyList<MemberInfo> MembersOf(Type buildType)
    {
        var members = new List<MemberInfo>();
        for (var type = buildType; type != null; type = type.BaseType)
        {
            members.AddRange(type.GetMembers(Members).Where(member => member is FieldInfo or PropertyInfo && member.IsDefined(typeof(ParameterAttribute))));
        }

        return [.. members.OrderBy(NameOf, StringComparer.InvariantCultureIgnoreCase)];
    }

    /// <summary>Sets the members that are parameters; what cannot be converted is a warning.</summary>
    public static void Inject(NukeBuild build)
    {
        foreach (var member in MembersOf(build.GetType()).OrderBy(member => member.Name, StringComparer.InvariantCultureIgnoreCase))
        {
            var isEnginesOwn = member.DeclaringType == typeof(NukeBuild)
                && member.Name is not (nameof(NukeBuild.Plan) or nameof(NukeBuild.Help) or nameof(NukeBuild.NoLogo) or nameof(NukeBuild.Continue) or nameof(NukeBuild.Verbosity));
            if (!isEnginesOwn && member.GetCustomAttribute<ParameterAttribute>().TryGetValue(member, build) is { } value)
            {
                SetValue(member, build, value);
            }
        }
    }

    public bool HasOption(string name) => arguments.HasOption(name);

    public T Get<T>(string name, char? separator = null) => (T)Get(name, typeof(T), separator);

    public object Get(string name, Type type, char? separator)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return (arguments.HasOption(name) ? arguments.Get(name, type, separator) : null)
            ?? (name == "Target" ? arguments.GetPositional(type, separator) : null)
            ?? FromEnvironment(name, type, separator)
            ?? Files?.Get(name, type);
    }

    private static void SetValue(MemberInfo member, NukeBuild build, object value)
    {
        if (member is FieldInfo field)
        {
            field.SetValue(build, value);
        }
        else
        {
            ((PropertyInfo)member).SetValue(build, value);
        }
    }

    /// <summary>The exact name, else the one variable whose letters and digits are the name or <c>NUKE</c> and the name.</summary>
    private static object FromEnvironment(string name, Type type, char? separator)
    {
        var value = Environment.GetEnvironmentVariable(name);
        if (value == null)
        {
            var candidates = EnvironmentNames.Matching(name);
            if (candidates.Count > 1)
            {
                Log.Warning("Could not resolve {VariableName} since multiple values are provided", name);
            }

            if (candidates.Count != 1)
            {
                return null;
            }

            value = Environment.GetEnvironmentVariable(candidates[0]);
        }

        try
        {
            return ValueConversion.Convert(separator is { } character ? value.Split(character) : [value], type);
        }
        catch (FormatException exception)
        {
            throw new Exception(string.Join(
                Environment.NewLine, exception.Message, $"Resolving parameter '{name}' failed. Environment variable was:", value));
        }
    }
}

/// <summary>Environment variables by their letters and digits.</summary>
internal static class EnvironmentNames
{
    private static readonly ILookup<string, string> Names = Environment.GetEnvironmentVariables().Keys.Cast<string>()
        .ToLookup(Trimmed, StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyList<string> Matching(string name) => [.. Names[Trimmed(name)], .. Names[$"NUKE{Trimmed(name)}"]];

    private static string Trimmed(string name) => new([.. name.Where(char.IsLetterOrDigit)]);
}

using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Nuke.Common.IO;

namespace Nuke.Common.Execution;

/// <summary>Keeps <c>.nuke/build.schema.json</c>, by which editors complete parameters.json, and makes a missing parameters.json.</summary>
internal sealed class UpdateBuildSchemaAttribute : BuildExtensionAttributeBase, IOnBuildCreated
{
    public void OnBuildCreated(IReadOnlyCollection<ExecutableTarget> executableTargets)
    {
        var folder = NukeBuild.RootDirectory / ".nuke";
        var schema = folder / "build.schema.json";
        if (!IsNewerThan(Build.GetType().Assembly.Location, schema))
        {
            WriteIfChanged(schema, BuildSchema.Of(Build.GetType(), executableTargets));
        }

        if (!(folder / "parameters.json").FileExists())
        {
            (folder / "parameters.json").WriteAllText("{\n  \"$schema\": \"./build.schema.json\"\n}");
        }
    }

    /// <summary>A schema that was written after the build was compiled is that build's: making it anew would cost a tenth of the start.</summary>
    private static bool IsNewerThan(string assembly, AbsolutePath schema) =>
        schema.FileExists() && File.GetLastWriteTimeUtc(schema) > File.GetLastWriteTimeUtc(assembly);

    private static void WriteIfChanged(AbsolutePath file, string content)
    {
        if (!file.FileExists() || file.ReadAllText().ReplaceLineEndings("\n") != content)
        {
            file.WriteAllText(content);
        }
        else
        {
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow);
        }
    }
}

/// <summary>A JSON schema (draft 4) of a build's parameters.</summary>
internal static class BuildSchema
{
    private static readonly string[] Hosts =
    [
        "AppVeyor", "AzurePipelines", "Bamboo", "Bitbucket", "Bitrise", "GitHubActions", "GitLab", "Jenkins", "Rider", "SpaceAutomation",
        "TeamCity", "Terminal", "TravisCI", "VisualStudio", "VSCode",
    ];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(Type buildType, IReadOnlyCollection<ExecutableTarget> targets)
    {
        var all = ParameterService.MembersOf(buildType);
        var members = all.ToLookup(member => member.DeclaringType == typeof(NukeBuild));
        var definitions = new JsonObject();
        foreach (var type in all.Select(member => Scalar(ParameterService.TypeOf(member))).Where(IsDefined).Distinct())
        {
            definitions[type.Name] = Definition(type, targets);
        }

        var engines = Properties(members[true]);
        engines.Insert(engines.IndexOf("Plan"), "Partition", new JsonObject { ["type"] = "string", ["description"] = "Partition to use on CI" });
        definitions[nameof(NukeBuild)] = new JsonObject { ["properties"] = engines };
        var schema = new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-04/schema#",
            ["definitions"] = definitions,
            ["allOf"] = new JsonArray(new JsonObject { ["properties"] = Properties(members[false]) }, Reference(nameof(NukeBuild))),
        };
        return schema.ToJsonString(Indented) + "\n";
    }

    private static JsonObject Properties(IEnumerable<MemberInfo> members)
    {
        var properties = new JsonObject();
        foreach (var member in members)
        {
            properties[ParameterService.NameOf(member)] = Property(member);
        }

        return properties;
    }

    private static JsonObject Property(MemberInfo member)
    {
        var type = ParameterService.TypeOf(member);
        var scalar = Scalar(type);
        var property = new JsonObject();
        var isList = type.IsArray || type == typeof(IReadOnlyCollection<ExecutableTarget>);
        var reference = IsDefined(scalar) ? Reference(scalar.Name) : null;
        if (isList)
        {
            property["type"] = "array";
        }
        else if (reference == null)
        {
            property["type"] = Nullable.GetUnderlyingType(type) == null ? JsonType(scalar) : new JsonArray(JsonType(scalar), "null");
        }

        if (member.GetCustomAttribute<ParameterAttribute>().Description is { } description)
        {
            property["description"] = description.TrimEnd('.');
        }

        if (member.IsDefined(typeof(SecretAttribute)))
        {
            property["default"] = "Secrets must be entered via 'nuke :secrets [profile]'";
        }

        var element = reference ?? (isList ? new JsonObject { ["type"] = JsonType(scalar) } : property);
        if (scalar == typeof(int))
        {
            element["format"] = "int32";
        }

        if (isList)
        {
            property["items"] = element;
        }
        else if (reference != null)
        {
            property["$ref"] = $"#/definitions/{scalar.Name}";
        }

        return property;
    }

    private static Type Scalar(Type type)
    {
        var element = type.IsArray ? type.GetElementType() : type.IsGenericType && !type.IsValueType ? type.GetGenericArguments()[0] : type;
        return Nullable.GetUnderlyingType(element) ?? element;
    }

    private static string JsonType(Type type) => type == typeof(bool) ? "boolean" : type == typeof(int) || type == typeof(long) ? "integer" : "string";

    private static bool IsDefined(Type type) => type.IsEnum || type == typeof(Host) || type == typeof(ExecutableTarget);

    private static JsonObject Definition(Type type, IReadOnlyCollection<ExecutableTarget> targets)
    {
        var definition = new JsonObject { ["type"] = "string" };
        if (type.IsEnum)
        {
            definition["description"] = "";
        }

        definition["enum"] = Names(type.IsEnum ? Enum.GetNames(type)
            : type == typeof(Host) ? Hosts
            : targets.Select(target => target.Name).Order(StringComparer.InvariantCultureIgnoreCase));
        return definition;
    }

    private static JsonObject Reference(string definition) => new() { ["$ref"] = $"#/definitions/{definition}" };

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => JsonValue.Create(name))];
}

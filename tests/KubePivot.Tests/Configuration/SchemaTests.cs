using KubePivot.Configuration;
using KubePivot.Tests.Assets;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KubePivot.Tests.Configuration;

/// <summary>The schema that editors complete and check with agrees with the loader.</summary>
public class SchemaTests
{
    private static readonly Lazy<Task<JsonSchema>> Schema = new(() => JsonSchema.FromFileAsync(Path.Combine(Scenarios.Checkout.Root, "build/KubePivot/Configuration/cluster.schema.json")));

    [Fact]
    public async Task The_file_of_the_checkout_names_the_schema_and_keeps_it()
    {
        var yaml = await File.ReadAllTextAsync(Path.Combine(Scenarios.Checkout.Root, "cluster.yaml"), TestContext.Current.CancellationToken);

        var path = yaml.Split('\n')[0].Split("$schema=")[1].Trim();
        Assert.True(File.Exists(Path.Combine(Scenarios.Checkout.Root, path)));
        Assert.Empty((await Schema.Value).Validate(JsonOf(yaml)));
    }

    [Theory]
    [MemberData(nameof(Examples.Accepted), MemberType = typeof(Examples))]
    public async Task What_the_loader_accepts_the_schema_accepts(string yaml) => Assert.Empty((await Schema.Value).Validate(JsonOf(yaml)));

    [Theory]
    [MemberData(nameof(Examples.RefusedByForm), MemberType = typeof(Examples))]
    public async Task What_the_loader_refuses_by_form_the_schema_refuses_at_the_same_place(string yaml, string path)
    {
        var errors = (await Schema.Value).Validate(JsonOf(yaml));

        var top = path.Split('.', '[')[0];
        Assert.Contains(errors, error => error.Path!.TrimStart('#', '/').StartsWith(top, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_schema_says_the_defaults_that_hold()
    {
        var schema = await Schema.Value;
        var defaults = new JObject(Defaults(schema));

        Assert.Equivalent(ClusterDefaults.Spec, ClusterFile.Parse(defaults.ToString(), "cluster.yaml"), strict: true);
        // All keys but those that may be left out and then have no value of their own.
        Assert.Equal(23, defaults.Descendants().OfType<JProperty>().Count(property => property.Value is not JObject && property.Ancestors().All(ancestor => ancestor is not JArray)));
    }

    [Fact]
    public async Task The_schema_lists_the_choices_that_are_known()
    {
        var schema = await Schema.Value;

        Assert.Equal(Choices.Provider.Names, schema.Properties["machines"].Properties["provider"].Enumeration.Cast<string>());
        Assert.Equal(Choices.Source.Names, schema.Properties["kubernetes"].Properties["source"].Enumeration.Cast<string>());
        Assert.Equal(Choices.KeyAlgorithm.Names, schema.Properties["pki"].Properties["keyAlgorithm"].Enumeration.Cast<string>());
        Assert.Equal(Choices.Cni.Names, schema.Properties["network"].Properties["cni"].Enumeration.Cast<string>());
        Assert.Equal(Choices.Dashboard.Names, schema.Properties["dashboard"].Enumeration.Cast<string>());
        Assert.Equal(KnownImages.All, schema.Properties["kubernetes"].Properties["images"].Properties.Keys);
        Assert.Equal(KnownAddons.All, schema.Properties["addons"].Item!.Enumeration.Cast<string>());
    }

    private static IEnumerable<JProperty> Defaults(JsonSchema schema) => schema.Properties
        .Where(property => property.Value.Default != null || property.Value.Properties.Count > 0)
        .Select(property => new JProperty(property.Key, property.Value.Properties.Count > 0 ? new JObject(Defaults(property.Value)) : JToken.FromObject(property.Value.Default!)));

    private static JToken JsonOf(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return JsonOf(stream.Documents[0].RootNode);
    }

    /// <summary>As an editor sees YAML: types of the core schema.</summary>
    private static JToken JsonOf(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JObject(mapping.Children.Select(child => new JProperty(((YamlScalarNode)child.Key).Value!, JsonOf(child.Value)))),
        YamlSequenceNode sequence => new JArray(sequence.Children.Select(JsonOf)),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "null" or "~" } => JValue.CreateNull(),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } scalar => new JValue(scalar.Value == "true"),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when long.TryParse(scalar.Value, out var whole) => new JValue(whole),
        YamlScalarNode { Style: ScalarStyle.Plain } scalar when double.TryParse(scalar.Value, out var real) => new JValue(real),
        YamlScalarNode scalar => new JValue(scalar.Value),
        _ => throw new InvalidOperationException(),
    };
}

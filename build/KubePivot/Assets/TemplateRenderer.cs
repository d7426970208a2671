using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using KubePivot.Configuration;
using Scriban;
using Scriban.Runtime;
using Scriban.Syntax;

namespace KubePivot.Assets;

/// <summary>Renders templates for one cluster. Thread-safe. An unknown name is an error with file and line, never an empty text.</summary>
public sealed class TemplateRenderer
{
    private const string SecretTag = "secret";

    private readonly TemplateModel model;
    private readonly ScriptObject functions;
    private readonly Node bootstrap;
    private readonly Dictionary<string, TemplateFile> assets;
    private readonly ConcurrentDictionary<string, Lazy<RenderedFile>> rendered = new(StringComparer.Ordinal);

    /// <param name="assets">The templates of the asset tree, which <c>checksum</c> can name.</param>
    public TemplateRenderer(Cluster cluster, KubernetesRelease release, ReleaseCatalogue catalogue, PkiTexts pki, RegistryFiles registries, TemplateModel model, TemplateSet assets)
    {
        this.model = model;
        this.assets = assets.Files.ToDictionary(file => file.Target, StringComparer.Ordinal);
        bootstrap = cluster.Bootstrap;
        functions = new ScriptObject
        {
            ["certificate"] = new TemplateFunction((_, name) => pki.Certificate(name)),
            ["ca_bundle"] = new TemplateFunction((_, name) => pki.Bundle(name)),
            ["public_keys"] = new TemplateFunction((_, name) => pki.PublicKeys(name)),
            ["key"] = new TemplateFunction((context, name) =>
            {
                context.Tags[SecretTag] = true;
                return pki.Key(name);
            }),
            ["encryption_key"] = new TemplateFunction((context, name) =>
            {
                context.Tags[SecretTag] = true;
                return pki.Encryption.InUse.Single(key => key.Name == name).Secret;
            }),
            ["asset"] = new TemplateFunction((context, path) =>
            {
                var asset = Asset(path);
                if (asset.IsSecret)
                {
                    context.Tags[SecretTag] = true;
                }

                return asset.Content;
            }),
            ["base64"] = new TemplateFunction((_, text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text))),
            ["sha256"] = new TemplateFunction((_, text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))),
            ["image"] = new TemplateFunction((_, component) => catalogue.Image(release, component)),
            ["registry_login"] = new TemplateFunction((context, host) =>
            {
                context.Tags[SecretTag] = true;
                return Convert.ToBase64String(Encoding.UTF8.GetBytes($"{cluster.Spec.Registries.Credentials[host].Username}:{registries.Passwords[host]}"));
            }),
            ["authority"] = new TemplateFunction((_, host) => registries.Authorities[host]),
            ["checksum"] = new TemplateFunction((_, asset) => Asset(asset).Sha256),
        };
    }

    /// <summary>Renders a file of the asset tree, once.</summary>
    /// <param name="path">As in <c>manifests/kube-proxy.yaml</c>.</param>
    public RenderedFile Asset(string path) =>
        rendered.GetOrAdd(path, key => new Lazy<RenderedFile>(() => Render(
            assets.TryGetValue(key, out var file) ? file : throw new StageException($"there is no template of the asset {key}"),
            bootstrap))).Value;

    /// <exception cref="StageException">The template failed: with file, line, and reason.</exception>
    public RenderedFile Render(TemplateFile file, Node node)
    {
        var context = new TemplateContext(functions) { StrictVariables = true, EnableRelaxedMemberAccess = false, LoopLimit = 100_000, LimitToString = 0 };
        context.PushGlobal(model.For(node, file.Subject));
        try
        {
            return new RenderedFile(file.Source, file.Target, file.Parsed.Render(context), context.Tags.ContainsKey(SecretTag));
        }
        catch (ScriptRuntimeException exception)
        {
            throw new StageException($"{exception.Span.FileName}:{exception.Span.Start.Line + 1}: {exception.OriginalMessage}", exception);
        }
    }
}

using System.Text.RegularExpressions;
using KubePivot.Assets;
using KubePivot.Commands;
using KubePivot.Integration.Tests.Bootkube;
using Scriban;
using Scriban.Runtime;

namespace KubePivot.Integration.Tests.Servers;

/// <summary>
/// A real haproxy on loopback with a worker node's own configuration, rendered from the build's template for other ports: clients get
/// the self-hosted API server while it is ready, else the temporary one.
/// </summary>
public sealed partial class LoadBalancer : IAsyncDisposable
{
    private readonly ServerProcess process;
    private readonly string folder;

    private LoadBalancer(ServerProcess process, string folder, int port)
    {
        this.process = process;
        this.folder = folder;
        Address = $"https://127.0.0.1:{port}";
    }

    /// <summary>Why tests that need a load balancer cannot run here; null if they can.</summary>
    public static string? Unavailable => Program == null ? "There is no haproxy (Debian: apt-get install haproxy)." : null;

    /// <summary>As in <c>https://127.0.0.1:21234</c>.</summary>
    public string Address { get; }

    public string Log => process.Log;

    private static string? Program => LocalCommand.Find("haproxy") ?? (File.Exists("/usr/sbin/haproxy") ? "/usr/sbin/haproxy" : null);

    /// <summary>Starts it, whether the servers are there or not.</summary>
    /// <param name="selfHosted">Port of the self-hosted API server.</param>
    /// <param name="temporary">Port of the temporary one.</param>
    public static async Task<LoadBalancer> StartAsync(int selfHosted, int temporary, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("kubepivot-haproxy-").FullName;
        var port = ServerProcess.FreePort();
        var file = Path.Combine(folder, "haproxy.cfg");
        File.WriteAllText(file, Configuration(selfHosted, temporary, port, Path.Combine(folder, "admin.sock")));
        var process = new ServerProcess(Program!, ["-db", "-f", file]);
        var balancer = new LoadBalancer(process, folder, port);
        try
        {
            await process.ReadyAsync("haproxy", token => TestHttp.WhatListensNotAsync(port, token), cancellationToken);
            return balancer;
        }
        catch
        {
            await balancer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static string Configuration(int selfHosted, int temporary, int port, string socket)
    {
        const string Loopback = "127.0.0.1";
        var context = new TemplateContext { StrictVariables = true };
        context.PushGlobal(new ScriptObject
        {
            ["node"] = new ScriptObject { ["name"] = "node", ["is_master"] = false },
            ["masters"] = new ScriptArray { new ScriptObject { ["name"] = "node", ["address"] = Loopback } },
            ["bootstrap"] = new ScriptObject { ["address"] = Loopback },
            ["ports"] = new ScriptObject { ["api_server"] = selfHosted, ["temporary_api_server"] = temporary, ["load_balancer"] = port },
        });
        var template = TemplateSet.LoadOne(new ClusterPaths(NodeProgram.Checkout), Path.Combine("nodes", "all", "etc", "haproxy", "haproxy.cfg"));
        var text = template.Parsed.Render(context);
        // Tests run as whoever runs them, and beside the machine's own haproxy.
        return UserAndGroup().Replace(text, "").Replace("/run/haproxy/admin.sock", socket, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^  (user|group) .*\n", RegexOptions.Multiline)]
    private static partial Regex UserAndGroup();
}

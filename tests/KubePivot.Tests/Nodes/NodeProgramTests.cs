using System.Runtime.Versioning;
using KubePivot.Commands;
using KubePivot.Nodes;

namespace KubePivot.Tests.Nodes;

[UnsupportedOSPlatform("windows")]
public sealed class NodeProgramTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task The_last_words_of_a_unit_hold_the_fatal_line_and_no_stack_trace()
    {
        var trace = Enumerable.Range(1, 300).SelectMany(number => new[]
        {
            $"goroutine {number} [select]:",
            "k8s.io/kubernetes/pkg/kubelet.(*Kubelet).syncLoop(0xc000ef7300, 0xc0000a80c0)",
            "\t/usr/src/k8s.io/kubernetes/pkg/kubelet/kubelet.go:1350 +0x39c",
            "created by k8s.io/kubernetes/vendor/k8s.io/client-go/transport.(*tlsTransportCache).get",
            "",
        });
        var again = Enumerable.Range(1, 20).Select(number => $"I1125 14:56:29.000000     730 server.go:{number}] starting");
        await WriteJournalAsync([
            "I1125 14:56:28.654360     729 server.go:416] Version: v1.20.2",
            "F1125 14:56:28.717485     729 kubelet.go:1350] Failed to start ContainerManager [open /proc/sys/kernel/panic: read-only file system]",
            .. trace,
            .. again,
        ]);

        var lines = await LastWordsAsync("kubelet.service");

        Assert.Equal("  --- kubelet.service", lines[0]);
        Assert.StartsWith("    F1125 14:56:28.717485     729 kubelet.go:1350] Failed to start ContainerManager", lines[1]);
        Assert.Equal(14, lines.Count);
        Assert.EndsWith("server.go:20] starting", lines[^1]);
    }

    [Fact]
    public async Task The_last_words_of_a_unit_that_said_little_are_all_it_said()
    {
        await WriteJournalAsync(["panic: no etcd", "", "exit status 2"]);

        Assert.Equal(["  --- etcd.service", "    panic: no etcd", "    ", "    exit status 2", "  --- haproxy.service", "    panic: no etcd", "    ", "    exit status 2"], await LastWordsAsync("etcd.service", "haproxy.service"));
    }

    private async Task WriteJournalAsync(IEnumerable<string> lines)
    {
        await File.WriteAllLinesAsync(Path.Combine(folder, "journal"), lines);
        var journalctl = Path.Combine(folder, "journalctl");
        await File.WriteAllTextAsync(journalctl, $"#!/bin/sh\nexec cat '{folder}/journal'\n");
        File.SetUnixFileMode(journalctl, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<List<string>> LastWordsAsync(params string[] units)
    {
        var result = await LocalCommand.RunAsync("bash", ["-c", $"PATH='{folder}':$PATH; {NodeProgram.CommandLine("last-words-of-units", units)}"]);
        Assert.True(result.Succeeded, result.StandardError);
        return [.. result.StandardOutput.TrimEnd('\n').Split('\n')];
    }
}

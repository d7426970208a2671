using System.Security.Cryptography;
using System.Text;
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>What <c>--continue</c> goes by: <c>.nuke/temp/build-attempt.log</c> holds a hash of the words of the call, and the targets that have succeeded.</summary>
internal sealed class BuildAttempt
{
    private readonly string file;
    private readonly HashSet<string> succeeded;

    private BuildAttempt(string file, HashSet<string> succeeded)
    {
        this.file = file;
        this.succeeded = succeeded;
    }

    public static BuildAttempt Begin(NukeBuild build)
    {
        var file = NukeBuild.TemporaryDirectory / "build-attempt.log";
        var hash = InvocationHash();
        var previous = build.Continue && File.Exists(file) ? File.ReadAllLines(file) : [hash];
        if (previous.FirstOrDefault() != hash)
        {
            Log.Warning("Build invocation changed. Restarting ...");
            previous = [hash];
        }

        File.WriteAllLines(file, previous);
        return new BuildAttempt(file, [.. previous.Skip(1)]);
    }

    public bool HasSucceeded(ExecutableTarget target) => succeeded.Contains(target.Name);

    public void Succeeded(ExecutableTarget target) => File.AppendAllLines(file, [target.Name]);

    /// <summary>Of the words that are no options. It only tells calls apart.</summary>
    private static string InvocationHash()
    {
        var words = string.Join(' ', EnvironmentInfo.CommandLineArguments.Where(word => !word.StartsWith('-')));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(words)));
    }
}

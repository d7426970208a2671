using System.Reflection;
using System.Text;

namespace Nuke.Common.Execution;

/// <summary>Prints the help and ends the process, for <c>--help</c> and when nothing is to be done.</summary>
internal sealed class HandleHelpRequestsAttribute : BuildExtensionAttributeBase, IOnBuildInitialized
{
    public void OnBuildInitialized(IReadOnlyCollection<ExecutableTarget> executableTargets, IReadOnlyCollection<ExecutableTarget> executionPlan)
    {
        if (Build.Help || executionPlan.Count == 0)
        {
            NukeBuild.Host.Theme.WriteDebug(HelpText.Targets(executableTargets));
            NukeBuild.Host.Theme.WriteDebug(HelpText.Parameters(Build.GetType(), executableTargets));
            Environment.Exit(0);
        }
    }
}

/// <summary>What <c>--help</c> prints.</summary>
internal static class HelpText
{
    private const int Width = 90;

    public static string Targets(IReadOnlyCollection<ExecutableTarget> targets)
    {
        var column = Math.Max(targets.Max(target => target.Name.Length), 20);
        var text = new StringBuilder().AppendLine("Targets (with their direct dependencies):").AppendLine();
        foreach (var target in targets.Where(target => target.Listed))
        {
            var dependencies = string.Join(", ", target.ExecutionDependencies.Select(dependency => dependency.Name));
            var name = target.Name + (target.IsDefault ? " (default)" : "");
            text.AppendLine($"  {name.PadRight(column)}{(dependencies.Length > 0 ? $" -> {dependencies}" : "")}");
            if (!string.IsNullOrWhiteSpace(target.Description))
            {
                text.AppendLine($"    {target.Description}");
            }
        }

        return text.ToString();
    }

    public static string Parameters(Type buildType, IReadOnlyCollection<ExecutableTarget> targets)
    {
        var members = ParameterService.MembersOf(buildType).Where(member => member.GetCustomAttribute<ParameterAttribute>().List).ToList();
        var column = Math.Max(members.Max(member => DashedName.Of(ParameterService.NameOf(member)).Length), 16);
        var defaults = string.Join(", ", targets.Where(target => target.IsDefault).Select(target => target.Name));
        var text = new StringBuilder().AppendLine("Parameters:").AppendLine();
        var own = members.Where(member => member.DeclaringType != typeof(NukeBuild)).ToList();
        own.ForEach(Append);
        if (own.Count > 0)
        {
            text.AppendLine();
        }

        members.Except(own).ToList().ForEach(Append);
        return text.ToString();

        void Append(MemberInfo member)
        {
            var description = member.GetCustomAttribute<ParameterAttribute>().Description?.TrimEnd('.')
                .Replace("{default_target}", defaults.Length > 0 ? defaults : "<none>", StringComparison.Ordinal);
            var lines = Wrap(description == null ? "<no description>" : $"{description}.", Math.Min(Width, BufferWidth) - column - 6);
            text.AppendLine($"  --{DashedName.Of(ParameterService.NameOf(member)).PadRight(column)}  {lines[0]}");
            lines.Skip(1).ToList().ForEach(line => text.AppendLine($"{new string(' ', column + 6)}{line}"));
        }
    }

    private static List<string> Wrap(string text, int width)
    {
        var lines = new List<string> { "" };
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length + word.Length > width)
            {
                lines.Add("");
            }

            lines[^1] += $" {word}";
        }

        return lines;
    }

    private static int BufferWidth => Console.IsOutputRedirected ? 80 : Math.Max(Console.BufferWidth, 40);
}

namespace KubePivot.Execution;

/// <summary>The outermost frame of the build.</summary>
internal static class Launch
{
    /// <summary>
    /// Runs the engine. It reads <c>--root</c>, <c>--host</c> and <c>--verbosity</c> before there is a build that could answer for
    /// them; what is wrong with those is told here.
    /// </summary>
    /// <returns>The exit code.</returns>
    public static int Run(Func<int> execute)
    {
        try
        {
            return execute();
        }
        catch (TypeInitializationException exception) when (exception.InnerException is { } cause)
        {
            var lines = cause.Message.ReplaceLineEndings("\n").Split('\n').TakeWhile(line => !line.StartsWith("Arguments were", StringComparison.Ordinal));
            Console.Error.WriteLine(string.Join(Environment.NewLine, lines));
            return 2;
        }
    }
}

using KubePivot.Diagnosis;
using Nuke.Common;

namespace KubePivot.Execution;

/// <summary>How an error reaches the person at the terminal: its message, not its stack trace; and the exit code that it stands for.</summary>
internal static class Failures
{
    private const int Failed = 1;

    private const int InvalidInput = 2;

    /// <inheritdoc cref="Guard{T}"/>
    public static void Guard(INukeBuild build, Action action) => Guard(build, () =>
    {
        action();
        return true;
    });

    /// <summary>Runs something; if it throws, sets the build's exit code and throws what the engine prints as the message only.</summary>
    /// <remarks>The stack trace is in the log file, and on the console with <c>--verbosity verbose</c>.</remarks>
    public static T Guard<T>(INukeBuild build, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (ToldException)
        {
            throw;
        }
        catch (Exception exception)
        {
            build.ExitCode = Causes(exception).Any(cause => cause is InvalidInputException) ? InvalidInput : Failed;
            Log.Verbose(exception, "Stack trace");
            throw new ToldException(string.Join(Environment.NewLine, Causes(exception).Select(Words)), exception);
        }
    }

    private static List<Exception> Causes(Exception exception) =>
        exception is AggregateException aggregate ? [.. aggregate.Flatten().InnerExceptions] : [exception];

    /// <summary>Our own messages are complete; others need their kind to be understood.</summary>
    private static string Words(Exception exception) => exception switch
    {
        InvalidInputException => exception.Message,
        StageException => string.Join(Environment.NewLine, new[] { exception.Message, ProbableCause.Of(exception.Message)?.ToString() }.OfType<string>()),
        OperationCanceledException => "Cancelled.",
        IOException or UnauthorizedAccessException => exception.Message,
        _ when exception.GetType() == typeof(Exception) => exception.Message,
        _ => $"{exception.GetType().Name}: {exception.Message}",
    };

    /// <summary>An error that is all said: engines print exceptions by <see cref="ToString"/>.</summary>
    private sealed class ToldException(string message, Exception cause) : Exception(message, cause)
    {
        public override string ToString() => Message;
    }
}

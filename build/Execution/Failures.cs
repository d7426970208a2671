using KubePivot.Diagnosis;
using Nuke.Common;

namespace KubePivot.Execution;

/// <summary>How an error reaches the person at the terminal: its message, not its stack trace; and the exit code that it stands for.</summary>
internal static class Failures
{
    private const int Failed = 1;

    private const int InvalidInput = 2;

    /// <inheritdoc cref="Guard{T}"/>
    public static void Guard(INukeBuild build, Action action, string? diagnosis = null) => Guard(
        build,
        () =>
        {
            action();
            return true;
        },
        diagnosis);

    /// <summary>Runs something; if it throws, sets the build's exit code and throws what the engine prints as the message only.</summary>
    /// <param name="diagnosis">The command that gathers what there is to know of the machines; null: there are none.</param>
    /// <remarks>The stack trace is in the log file, and on the console with <c>--verbosity verbose</c>.</remarks>
    public static T Guard<T>(INukeBuild build, Func<T> action, string? diagnosis = null)
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
            throw new ToldException(Message(Causes(exception), diagnosis), exception);
        }
    }

    private static List<Exception> Causes(Exception exception) =>
        exception is AggregateException aggregate ? [.. aggregate.Flatten().InnerExceptions] : [exception];

    /// <summary>What happened, how to find out more, and last of all the most probable cause.</summary>
    private static string Message(List<Exception> causes, string? diagnosis)
    {
        var failed = string.Join(Environment.NewLine, causes.OfType<StageException>().Select(failure => failure.Message));
        var offered = causes.Any(cause => cause is not (InvalidInputException or OperationCanceledException)) ? diagnosis : null;
        return string.Join(Environment.NewLine, [
            .. causes.Select(Words),
            .. offered == null ? [] : new[] { $"All that the machines know (journals, logs, states; no secrets) in one file: {offered}" },
            .. ProbableCause.Of(failed) is { } cause ? new[] { cause.ToString() } : [],
        ]);
    }

    /// <summary>Our own messages are complete; others need their kind to be understood.</summary>
    private static string Words(Exception exception) => exception switch
    {
        InvalidInputException or StageException => exception.Message,
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

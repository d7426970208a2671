using System.Runtime.CompilerServices;

namespace Nuke.Common;

/// <summary>Checks that end the target with a message.</summary>
public static class Assert
{
    public static void Fail(string message, Exception exception = null) => throw new Exception(message, exception);

    public static void True(bool condition, string message = null, [CallerArgumentExpression(nameof(condition))] string argumentExpression = null)
    {
        if (!condition)
        {
            throw new ArgumentException(message ?? "Expected condition to be true", message == null ? argumentExpression : null);
        }
    }

    public static void False(bool condition, string message = null, [CallerArgumentExpression(nameof(condition))] string argumentExpression = null)
    {
        if (condition)
        {
            throw new ArgumentException(message ?? "Expected condition to be false", message == null ? argumentExpression : null);
        }
    }

    public static T NotNull<T>(this T obj, string message = null, [CallerArgumentExpression(nameof(obj))] string argumentExpression = null)
        where T : class =>
        obj ?? throw new ArgumentException(message ?? "Expected object to be not null", message == null ? argumentExpression : null);

    public static void FileExists(string path, string message = null, [CallerArgumentExpression(nameof(path))] string argumentExpression = null) =>
        True(File.Exists(path), message ?? $"Expected file to exist: {path}", argumentExpression);
}

using System.Globalization;
using CsCheck;

namespace KubePivot.Tests.Properties;

/// <summary>
/// Tries what must hold of every input on thousands of them, made at random. A failure names the seed: with it in the environment
/// as CsCheck_Seed, the same input comes first.
/// </summary>
internal static class Property
{
    /// <summary>No input is worth more: what takes longer is taken for a hang. Generous, for tests share slow processors.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How many times as many cases as in the short form, by default 1; <c>./build.sh Soak --harm inputs</c> sets it.</summary>
    private static int Factor => int.TryParse(Environment.GetEnvironmentVariable("KUBEPIVOT_PROPERTY_FACTOR"), NumberStyles.None, CultureInfo.InvariantCulture, out var factor) && factor > 0 ? factor : 1;

    /// <param name="cases">In the short form.</param>
    /// <param name="print">Shows an input in a failure; null: as text.</param>
    public static void Holds<T>(Gen<T> inputs, int cases, Action<T> check, Func<T, string>? print = null) =>
        inputs.Sample(input => Bounded(() => check(input)), iter: (long)cases * Factor, threads: 1, print: input => Shown(print == null ? $"{input}" : print(input)));

    /// <summary>Runs what may refuse its input in the project's own words, and in no others.</summary>
    /// <returns>Whether it was taken.</returns>
    public static bool IsTakenOrRefused(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (Exception exception) when (exception is InvalidInputException or StageException)
        {
            Assert.NotEmpty(exception.Message);
            Assert.InRange(exception.Message.Length, 1, 100_000);
            Assert.DoesNotContain(exception.Message, character => char.IsControl(character) && character is not ('\n' or '\r' or '\t'));
            Assert.DoesNotContain("   at ", exception.Message);
            return false;
        }
    }

    private static void Bounded(Action work)
    {
        // On another thread: one that hangs is left behind, and the test can say so.
        var running = Task.Run(work);
        Assert.True(Task.WaitAny([running], Patience) == 0, $"no end within {Patience.TotalSeconds:0} s");
        running.GetAwaiter().GetResult();
    }

    private static string Shown(string text) => text.Length > 3000 ? $"{text[..3000]}… ({text.Length} characters)" : text;
}

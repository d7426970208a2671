using Bootkube.Api;

namespace Bootkube.Applying;

/// <summary>What an answer to an apply request means.</summary>
internal enum Verdict
{
    Accepted,

    /// <summary>Not now: try again.</summary>
    Retry,

    /// <summary>The server means it: trying again changes nothing.</summary>
    Rejected,
}

/// <summary>Tells what passes from what stays.</summary>
internal static class Verdicts
{
    /// <summary>
    /// How long an API server that has just started may say 401, 403, 404 or 409 (roles, namespaces and kinds not loaded yet) before
    /// it is believed.
    /// </summary>
    public static readonly TimeSpan StartingUp = TimeSpan.FromSeconds(20);

    /// <summary>A refusal for the object's content is believed when it is repeated: the first may be about a try that was cut off.</summary>
    public static readonly TimeSpan Repeated = TimeSpan.FromSeconds(1);

    /// <summary>The one rule; pure.</summary>
    /// <param name="sameFor">For how long every try has been answered with this code.</param>
    /// <param name="definesKind">The asset tree itself defines the kind, so that the server will come to know it.</param>
    public static Verdict Of(ApiAnswer answer, TimeSpan sameFor, bool definesKind = false) => answer.Code switch
    {
        >= 200 and < 300 => Verdict.Accepted,
        404 when definesKind => Verdict.Retry,
        401 or 403 or 404 or 409 => sameFor >= StartingUp ? Verdict.Rejected : Verdict.Retry,
        408 or 425 or 429 => Verdict.Retry,
        >= 400 and < 500 => sameFor >= Repeated ? Verdict.Rejected : Verdict.Retry,
        500 when IsAboutContent(answer) => sameFor >= Repeated ? Verdict.Rejected : Verdict.Retry,
        _ => Verdict.Retry,
    };

    /// <summary>Old API servers answer an unknown field, or a value that is none of its type, with 500.</summary>
    private static bool IsAboutContent(ApiAnswer answer) =>
        answer.Words.Contains("failed to create typed patch object", StringComparison.Ordinal)
        || answer.Words.Contains("failed to convert new object to proper version", StringComparison.Ordinal);
}

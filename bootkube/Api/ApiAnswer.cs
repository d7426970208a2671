using System.Text.Json.Nodes;

namespace Bootkube.Api;

/// <summary>What came back from the API server.</summary>
/// <param name="Code">HTTP status, or 0 when there was no answer (refused, reset, timed out, certificate not trusted).</param>
/// <param name="Words">The server's own words, or why there was no answer; empty on success.</param>
/// <param name="Body">The answer as JSON, if it is that.</param>
/// <param name="Text">The answer as it came, if it is not JSON.</param>
internal sealed record ApiAnswer(int Code, string Words, JsonNode? Body, string Text = "")
{
    public bool Succeeded => Code is >= 200 and < 300;

    /// <summary>For people: <c>422 Invalid: …</c>, or only the words if there was no answer.</summary>
    public override string ToString() => Code == 0 ? Words : $"{Code}{(Body.Text("reason") is { } reason ? $" {reason}" : "")}: {Words}";
}

using Bootkube.Api;
using Bootkube.Assets;

namespace Bootkube.Applying;

internal enum Change
{
    Created,
    Changed,
    Unchanged,
    Rejected,
}

/// <summary>What became of one object.</summary>
/// <param name="Answer">The server's last answer, when it was rejected.</param>
internal sealed record Applied(Manifest Manifest, Change Change, ApiAnswer? Answer = null)
{
    /// <summary>For people, without anything that could quote a Secret: <c>manifests/a.yaml: ConfigMap kube-system/a: 422 Invalid: …</c>.</summary>
    public override string ToString() => Change == Change.Rejected
        ? $"{Manifest.File}: {Manifest.Title}: {Words}"
        : $"{Manifest.Title} {Change.ToString().ToLowerInvariant()}";

    private string Words => Manifest.Kind != "Secret" || Answer!.Code == 0
        ? Answer!.ToString()
        : $"{Answer.Code} {Answer.Body.Text("reason")} at {FieldsOf(Answer)} (the server's words are kept back, for they may quote the Secret)";

    private static string FieldsOf(ApiAnswer answer) =>
        string.Join(", ", answer.Body.Items("details", "causes").Select(cause => cause.Text("field")).OfType<string>()) is { Length: > 0 } fields
            ? fields
            : "a field that it does not name";
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace KubePivot.Resuming;

/// <summary>Says that a target ran to its end: <c>.cluster/markers/TARGET.done</c>. It says no more than that.</summary>
/// <param name="Target">Name of the target.</param>
/// <param name="Finished">When it ended, UTC.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Fingerprint">SHA-256 of its inputs as they were when it ended (see <see cref="TargetInputs"/>), lower-case hexadecimal.</param>
public sealed record Marker(string Target, DateTimeOffset Finished, double Seconds, string Fingerprint);

[JsonSerializable(typeof(Marker))]
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
internal sealed partial class MarkerJson : JsonSerializerContext;

namespace Bootkube.Checkpoint;

/// <summary>No copy can be made of a pod: the message says what stands against it.</summary>
internal sealed class RefusedException(string message) : Exception(message);

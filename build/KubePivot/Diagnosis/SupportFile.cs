namespace KubePivot.Diagnosis;

/// <summary>A file of a support bundle.</summary>
/// <param name="Path">Relative, with <c>/</c>.</param>
/// <param name="Text">Bounded, and without secrets.</param>
/// <param name="IsEvidence">It tells what happened (a log, an answer), so that causes are looked for in it.</param>
public sealed record SupportFile(string Path, string Text, bool IsEvidence);

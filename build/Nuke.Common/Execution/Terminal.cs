namespace Nuke.Common.Execution;

/// <summary>A person's terminal, or anything that is no known CI service.</summary>
public class Terminal : Host;

namespace Nuke.Common;

/// <summary>A target: a property of the build class whose getter yields what defines it.</summary>
public delegate ITargetDefinition Target(ITargetDefinition definition);

namespace Nuke.Common.Execution;

/// <summary>Writes <c>.nuke/build.schema.json</c>, by which editors complete parameters.json.</summary>
internal static class BuildSchema
{
    public static void Update(NukeBuild build)
    {
    }
}

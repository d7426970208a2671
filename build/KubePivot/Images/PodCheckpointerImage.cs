using System.Formats.Tar;
using KubePivot.Bootkube;
using KubePivot.Configuration;

namespace KubePivot.Images;

/// <summary>
/// The image of pod-checkpointer: the node program, and nothing else. What it is linked with (glibc, libstdc++, OpenSSL) it is given by the
/// node, on which the same file runs as bootkube: so any build host makes the image in a moment, and a repaired OpenSSL of the node is
/// pod-checkpointer's, too.
/// </summary>
public static class PodCheckpointerImage
{
    /// <summary>Makes the image, beside the program, unless it is there.</summary>
    /// <param name="reference">Full name of the image, with tag.</param>
    /// <param name="program">The node program's file.</param>
    /// <returns>Path of the docker-archive; its hash is written down beside it, see <see cref="BootkubeBuild.HashOf"/>.</returns>
    public static string Ensure(string reference, string program)
    {
        var archive = Path.Combine(Path.GetDirectoryName(program)!, $"{KnownAddons.PodCheckpointer}.tar");
        if (File.Exists(archive) && File.Exists(BootkubeBuild.HashFileOf(archive)))
        {
            return archive;
        }

        var (layer, partial) = ($"{archive}.{Environment.ProcessId}.layer", $"{archive}.{Environment.ProcessId}.partial");
        try
        {
            // Debian has its libraries in /usr since /lib is a part of that.
            ContainerImage.WriteProgramLayer(layer, program, "bootkube", links: new Dictionary<string, string> { ["lib"] = "usr/lib", ["lib64"] = "usr/lib64" });
            new ContainerImage(reference, KubernetesArtifacts.Architecture).WithLayer(layer).WithEntrypoint("/bootkube").Save(partial);
            File.Move(partial, archive, overwrite: true);
            BootkubeBuild.WriteHash(archive);
            return archive;
        }
        finally
        {
            File.Delete(layer);
            File.Delete(partial);
        }
    }
}

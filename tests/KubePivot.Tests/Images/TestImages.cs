using KubePivot.Images;

namespace KubePivot.Tests.Images;

/// <summary>Small image archives and programs, good enough to be read.</summary>
internal static class TestImages
{
    public static void Write(string file, string reference, string architecture = "amd64", int layerSize = 10)
    {
        var (program, layer) = ($"{file}.program", $"{file}.layer");
        File.WriteAllBytes(program, new byte[layerSize]);
        ContainerImage.WriteProgramLayer(layer, program, "bin/app");
        new ContainerImage(reference, architecture).WithLayer(layer).WithEntrypoint("/bin/app").Save(file);
        File.Delete(program);
        File.Delete(layer);
    }

    /// <summary>The head of a Linux program for amd64 (62) or another processor.</summary>
    public static void WriteProgram(string file, byte machine = 62)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0]);
    }
}

using System.Buffers.Binary;

namespace KubePivot.Images;

/// <summary>What the head of a Linux program says (elf(5)).</summary>
public static class ElfProgram
{
    private const int MachineOffset = 18;

    /// <summary>Debian's name of the processor that a program is for (<c>amd64</c>, <c>arm64</c>), <c>other</c>, or null if the file is no ELF program.</summary>
    public static string? ArchitectureOf(string file)
    {
        Span<byte> head = stackalloc byte[MachineOffset + 2];
        using var stream = File.OpenRead(file);
        if (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.StartsWith("\u007fELF"u8))
        {
            return null;
        }

        return BinaryPrimitives.ReadUInt16LittleEndian(head[MachineOffset..]) switch
        {
            62 => "amd64",
            183 => "arm64",
            _ => "other",
        };
    }
}

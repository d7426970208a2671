namespace KubePivot.Machines;

/// <summary>
/// The template that the lxc box must carry under the name <see cref="FileName"/>, executable: vagrant-lxc hands it to lxc-create
/// in place of its own. The box's metadata.json should name its fingerprint: <c>"template-opts": { "--fingerprint": "…" }</c>.
/// </summary>
public static class LxcTemplate
{
    /// <summary>Name of the file in the box, mode 0755.</summary>
    public const string FileName = "lxc-template";

    /// <summary>Its content; part of what the box's fingerprint covers.</summary>
    public static string Text
    {
        get
        {
            using var stream = typeof(LxcTemplate).Assembly.GetManifestResourceStream(FileName)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}

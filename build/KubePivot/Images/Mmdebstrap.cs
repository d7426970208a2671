namespace KubePivot.Images;

/// <summary>How mmdebstrap is called wherever a root file system is made: lean, and reproducible.</summary>
internal static class Mmdebstrap
{
    /// <summary>Without documentation, translations and package lists: nobody reads them in an image or on a node.</summary>
    public static IReadOnlyList<string> LeanOptions { get; } =
    [
        "--mode=root",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/info/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--aptopt=Acquire::Languages \"none\"",
    ];

    /// <param name="temporaryFolder">On a real disk: /tmp may be too small, or memory.</param>
    public static IReadOnlyDictionary<string, string?> Environment(string temporaryFolder) => new Dictionary<string, string?>
    {
        ["TMPDIR"] = temporaryFolder,
        ["LC_ALL"] = "C.UTF-8",
        // 1 January 1980: the same packages give the same bytes.
        ["SOURCE_DATE_EPOCH"] = "315532800",
    };
}

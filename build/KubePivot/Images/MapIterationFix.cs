using KubePivot.Files;

namespace KubePivot.Images;

/// <summary>
/// Mends Kubernetes 1.20's copy of the package reflect2 (v1.0.1) for Go 1.18 and later, in which the runtime's function
/// <c>reflect.mapiterinit</c> has another signature. Unmended, every JSON encoding of a map writes into memory that is not its own:
/// programs crash now and then, the API server for certain once a custom resource is created.
/// </summary>
/// <remarks>The change that reflect2 v1.0.2 made: https://github.com/modern-go/reflect2/pull/24.</remarks>
public static class MapIterationFix
{
    private static readonly (string File, string Old, string New)[] Edits =
    [
        ("unsafe_link.go", "m unsafe.Pointer) *hiter\n", "m unsafe.Pointer, it *hiter)\n"),
        ("unsafe_link.go", "\t// rest fields are ignored\n", """
            	t           unsafe.Pointer
            	h           unsafe.Pointer
            	buckets     unsafe.Pointer
            	bptr        unsafe.Pointer
            	overflow    *[]unsafe.Pointer
            	oldoverflow *[]unsafe.Pointer
            	startBucket uintptr
            	offset      uint8
            	wrapped     bool
            	B           uint8
            	i           uint8
            	bucket      uintptr
            	checkBucket uintptr

            """),
        ("unsafe_map.go", "\treturn &UnsafeMapIterator{\n\t\thiter:      mapiterinit(type2.rtype, *(*unsafe.Pointer)(obj)),\n",
            "\tvar it hiter\n\tmapiterinit(type2.rtype, *(*unsafe.Pointer)(obj), &it)\n\treturn &UnsafeMapIterator{\n\t\thiter:      &it,\n"),
    ];

    /// <summary>Edits the source tree, unless it is mended already.</summary>
    /// <param name="sourceFolder">Root of Kubernetes' source tree.</param>
    /// <exception cref="StageException">The source is neither the one known to be faulty nor a mended one.</exception>
    public static void Apply(string sourceFolder)
    {
        foreach (var (name, old, mended) in Edits)
        {
            var file = Path.Combine(sourceFolder, "vendor", "github.com", "modern-go", "reflect2", name);
            var text = File.ReadAllText(file);
            if (text.Contains(mended, StringComparison.Ordinal))
            {
                continue;
            }

            if (!text.Contains(old, StringComparison.Ordinal))
            {
                throw new StageException(
                    $"{file} is not the source that Kubernetes v1.20.2 is known to hold, so that it cannot be mended for Go 1.18 and later. "
                    + "Has Debian's source package changed? Then its own change may make this one needless.");
            }

            AtomicFile.Write(file, text.Replace(old, mended, StringComparison.Ordinal));
        }
    }
}

using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class MapIterationFixTests : IDisposable
{
    private readonly string source = Directory.CreateTempSubdirectory("kubepivot-source-").FullName;

    [Fact]
    public void The_call_gets_the_iterator_that_Go_1_18_asks_for()
    {
        WriteFaulty();

        MapIterationFix.Apply(source);

        Assert.StartsWith("func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer, it *hiter)\ntype hiter struct {\n\tkey unsafe.Pointer\n\tt           unsafe.Pointer\n", Read("unsafe_link.go"));
        Assert.Contains("\tbuckets     unsafe.Pointer\n", Read("unsafe_link.go"));
        Assert.DoesNotContain("\n    ", Read("unsafe_link.go"));
        Assert.Equal("\tvar it hiter\n\tmapiterinit(type2.rtype, *(*unsafe.Pointer)(obj), &it)\n\treturn &UnsafeMapIterator{\n\t\thiter:      &it,\n", Read("unsafe_map.go"));
    }

    [Fact]
    public void Applied_twice_it_changes_nothing_more()
    {
        WriteFaulty();
        MapIterationFix.Apply(source);
        var (link, map) = (Read("unsafe_link.go"), Read("unsafe_map.go"));

        MapIterationFix.Apply(source);

        Assert.Equal((link, map), (Read("unsafe_link.go"), Read("unsafe_map.go")));
    }

    [Fact]
    public void Another_source_is_refused_rather_than_passed_over()
    {
        WriteFaulty();
        File.WriteAllText(PathOf("unsafe_link.go"), "package reflect2\n");

        var refused = Assert.Throws<StageException>(() => MapIterationFix.Apply(source));

        Assert.Contains("unsafe_link.go is not the source", refused.Message);
    }

    public void Dispose() => Directory.Delete(source, recursive: true);

    private void WriteFaulty()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf("x"))!);
        File.WriteAllText(
            PathOf("unsafe_link.go"),
            "func mapiterinit(rtype unsafe.Pointer, m unsafe.Pointer) *hiter\ntype hiter struct {\n\tkey unsafe.Pointer\n\t// rest fields are ignored\n}\n");
        File.WriteAllText(PathOf("unsafe_map.go"), "\treturn &UnsafeMapIterator{\n\t\thiter:      mapiterinit(type2.rtype, *(*unsafe.Pointer)(obj)),\n");
    }

    private string PathOf(string file) => Path.Combine(source, "vendor", "github.com", "modern-go", "reflect2", file);

    private string Read(string file) => File.ReadAllText(PathOf(file));
}

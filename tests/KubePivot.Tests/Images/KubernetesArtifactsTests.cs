using KubePivot.Assets;
using KubePivot.Configuration;
using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class KubernetesArtifactsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubepivot-").FullName;
    private readonly KubernetesArtifacts artifacts;

    public KubernetesArtifactsTests()
    {
        artifacts = KubernetesArtifacts.At(new KubernetesRelease("v1.20.2", KubernetesSource.Debian), folder);
        TestImages.WriteProgram(artifacts.Program("kubelet"));
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        TestImages.Write(artifacts.Image("pause"), "kubepivot.local/pause:3.2");
        artifacts.WriteRecipe(folder);
        Checksums.Write(folder);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_the_present_recipe_made_is_complete()
    {
        Assert.True(artifacts.IsComplete);
        Assert.True(artifacts.HasPrograms);
    }

    [Fact]
    public void Programs_outlive_a_new_recipe_of_the_images_and_damaged_images()
    {
        var recipe = Path.Combine(folder, "recipe");
        File.WriteAllText(recipe, $"{File.ReadAllText(recipe).Split('.')[0]}.0\n");
        File.AppendAllText(artifacts.Image("pause"), "x");

        Assert.False(artifacts.IsComplete);
        Assert.True(artifacts.HasPrograms);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("")]
    public void Programs_of_another_recipe_are_none(string recipe)
    {
        File.WriteAllText(Path.Combine(folder, "recipe"), recipe);

        Assert.False(artifacts.HasPrograms);
    }

    [Fact]
    public void Damaged_programs_are_none()
    {
        File.AppendAllText(artifacts.Program("kubelet"), "x");

        Assert.False(artifacts.HasPrograms);
    }
}

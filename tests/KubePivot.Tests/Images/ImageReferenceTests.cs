using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class ImageReferenceTests
{
    [Theory]
    [InlineData("registry.example/team/app:1.2", "registry.example", "team/app", "1.2", null)]
    [InlineData("registry.example:5000/app:1", "registry.example:5000", "app", "1", null)]
    [InlineData("registry.example:5000/app", "registry.example:5000", "app", null, null)]
    [InlineData("localhost/app:1@sha256:abc", "localhost", "app", "1", "sha256:abc")]
    public void A_full_name_is_taken_apart_and_put_together_again(string text, string registry, string path, string? tag, string? digest)
    {
        var reference = ImageReference.TryParse(text);

        Assert.Equal(new ImageReference(registry, path, tag, digest), reference);
        Assert.Equal(text, reference!.ToString());
    }

    [Theory]
    [InlineData("busybox:1")]
    [InlineData("library/busybox:1")]
    [InlineData("registry.example/app:")]
    [InlineData("registry.example/")]
    [InlineData("registry.example/a b:1")]
    [InlineData("")]
    public void A_name_that_means_different_images_to_different_runtimes_is_none(string text) => Assert.Null(ImageReference.TryParse(text));
}

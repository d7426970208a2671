using KubePivot.Kubernetes;

namespace KubePivot.Tests.Kubernetes;

public sealed class AgeTests
{
    [Theory]
    [InlineData(-5, "<invalid>")]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(200, "3m20s")]
    [InlineData(599, "9m59s")]
    [InlineData(600, "10m")]
    [InlineData((3 * 3600) - 1, "179m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData((7 * 3600) + 300, "7h5m")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(48 * 3600, "2d")]
    [InlineData((3 * 86400) + 3600, "3d1h")]
    [InlineData(8 * 86400, "8d")]
    [InlineData(729 * 86400L, "729d")]
    [InlineData(731 * 86400L, "2y1d")]
    [InlineData(9 * 365 * 86400L, "9y")]
    public void Spans_read_as_in_kubectl(long seconds, string expected) => Assert.Equal(expected, Age.Of(TimeSpan.FromSeconds(seconds)));
}

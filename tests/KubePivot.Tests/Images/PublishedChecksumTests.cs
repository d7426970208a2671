using KubePivot.Images;

namespace KubePivot.Tests.Images;

public sealed class PublishedChecksumTests
{
    private const string Hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private const string Other = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";

    [Theory]
    [InlineData(Hash)]
    [InlineData(Hash + "\n")]
    [InlineData("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n")]
    [InlineData(Hash + "  runc.amd64\n")]
    [InlineData(Hash + " *runc.amd64\r\n")]
    [InlineData(Other + "  runc.arm64\n" + Hash + "  ./runc.amd64\n" + Other + "  runc.amd64.asc\n")]
    public void A_bare_number_and_a_line_of_sha256sum_both_tell(string text) => Assert.Equal(Hash, PublishedChecksum.Find(text, "runc.amd64"));

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    [InlineData(Hash + "  runc.arm64\n")]
    [InlineData(Hash + "\n" + Other + "\n")]
    [InlineData("0123456789abcdef  runc.amd64\n")]
    public void Anything_else_tells_nothing(string text) => Assert.Null(PublishedChecksum.Find(text, "runc.amd64"));
}

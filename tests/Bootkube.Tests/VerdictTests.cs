using System.Text.Json.Nodes;
using Bootkube.Api;
using Bootkube.Applying;
using Bootkube.Assets;

namespace Bootkube.Tests;

public sealed class VerdictTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public void What_passes_is_retried_however_long_it_lasts(int code) => Assert.Equal(Verdict.Retry, Of(code, seconds: 3600));

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    public void What_a_starting_server_says_is_believed_after_20_seconds(int code)
    {
        Assert.Equal(Verdict.Retry, Of(code, seconds: 19));
        Assert.Equal(Verdict.Rejected, Of(code, seconds: 20));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(415)]
    [InlineData(422)]
    public void A_refusal_of_the_content_is_believed_when_it_is_repeated(int code)
    {
        Assert.Equal(Verdict.Retry, Of(code, seconds: 0));
        Assert.Equal(Verdict.Rejected, Of(code, seconds: 1));
    }

    [Fact]
    public void A_kind_that_the_assets_define_is_waited_for() => Assert.Equal(Verdict.Retry, Verdicts.Of(new(404, "", null), TimeSpan.FromHours(1), definesKind: true));

    [Theory]
    [InlineData("failed to create typed patch object: .dat: field not declared in schema")]
    [InlineData("failed to convert new object to proper version: unable to convert unstructured object to /v1, Kind=Secret: illegal base64 data")]
    public void Wrong_content_that_an_old_server_answers_with_500_is_a_refusal(string words) =>
        Assert.Equal(Verdict.Rejected, Verdicts.Of(new(500, words, null), TimeSpan.FromSeconds(1)));

    [Fact]
    public void Created_and_changed_are_accepted()
    {
        Assert.Equal(Verdict.Accepted, Of(200, 0));
        Assert.Equal(Verdict.Accepted, Of(201, 0));
    }

    [Fact]
    public void A_rejected_object_is_told_with_file_kind_name_and_words()
    {
        var answer = new ApiAnswer(422, "name too long", JsonNode.Parse("""{ "reason": "Invalid" }"""));

        Assert.Equal("manifests/a.yaml: Service b/c: 422 Invalid: name too long", new Applied(Object("Service"), Change.Rejected, answer).ToString());
    }

    [Fact]
    public void Words_about_a_Secret_are_kept_back_but_its_fields_named()
    {
        var answer = new ApiAnswer(422, "data: topsecret is invalid", JsonNode.Parse("""{ "reason": "Invalid", "details": { "causes": [{ "field": "data[password]" }] } }"""));

        var words = new Applied(Object("Secret"), Change.Rejected, answer).ToString();

        Assert.DoesNotContain("topsecret", words);
        Assert.StartsWith("manifests/a.yaml: Secret b/c: 422 Invalid at data[password] (", words);
    }

    [Fact]
    public void Only_what_the_object_says_counts_as_a_change()
    {
        var before = JsonNode.Parse("""{ "metadata": { "name": "a", "resourceVersion": "1", "generation": 1 }, "spec": { "replicas": 1 }, "status": { "replicas": 0 } }""");
        var noted = JsonNode.Parse("""{ "metadata": { "name": "a", "resourceVersion": "9", "managedFields": [] }, "spec": { "replicas": 1 }, "status": { "replicas": 1 } }""");
        var changed = JsonNode.Parse("""{ "metadata": { "name": "a", "resourceVersion": "9" }, "spec": { "replicas": 2 } }""");

        Assert.False(ObjectContent.Differs(before, noted));
        Assert.True(ObjectContent.Differs(before, changed));
    }

    private static Verdict Of(int code, int seconds) => Verdicts.Of(new(code, "", null), TimeSpan.FromSeconds(seconds));

    private static Manifest Object(string kind) => new("manifests/a.yaml", "v1", kind, "b", "c", "");
}
